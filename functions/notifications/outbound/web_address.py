"""Checks the text of a web address that a user enters for a webhook. Pure: no name is resolved."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

_LABEL: Final = re.compile(r"[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?")  # RFC 1035, section 2.3.4, and the common _
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME: Final = 253


def check_web_address(url: str) -> None:
    """Raise ValueError unless the text is an http or https address with a host and without a user name."""
    parts = urlsplit(url)  # raises ValueError for wrong brackets; reading the port does so for a wrong port
    if parts.port == 0 or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an http or https address without a user name in it")
    if not (_is_bracketed(parts.netloc) if "[" in parts.netloc else _is_host(parts.hostname)):
        raise ValueError("must name a host: labels of letters, digits and hyphens, or an IP address")


def _is_bracketed(netloc: str) -> bool:
    """Return whether it is an IPv6 address in brackets (RFC 3986, section 3.2.2), with at most a port after it."""
    inside, _, after = netloc.partition("]")
    is_address = inside.startswith("[") and _is_ip_address(IPv6Address, inside[1:])
    return is_address and after[:1] in {"", ":"} and "%" not in inside


def _is_host(host: str) -> bool:
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    # A host that ends in a number is an IP address. Resolvers accept odd spellings such as 127.1 and 0x7f000001.
    return not _NUMBER.fullmatch(labels[-1]) or _is_ip_address(IPv4Address, name)


def _is_ip_address(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
