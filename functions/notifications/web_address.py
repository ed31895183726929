"""What may be an address to post to, as far as its text tells. Pure."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

_LABEL: Final = re.compile(r"[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?")  # RFC 1035, section 2.3.4, and the _ in use
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST: Final = 253


def check_web_address(url: str) -> None:
    """Raise the ValueError of what is no http or https address of a host, without a user name in it."""
    parts = urlsplit(url)  # raises what is wrong with brackets; its port what is wrong with that
    if parts.port == 0 or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an http or https address without a user name in it")
    if not (_is_bracketed(parts.netloc) if "[" in parts.netloc else _is_host(parts.hostname)):
        raise ValueError("must name a host: labels of letters, digits and hyphens, or an IP address")


def _is_bracketed(netloc: str) -> bool:
    """Tell whether it is an IPv6 address in brackets (RFC 3986, section 3.2.2), and nothing between it and a port."""
    inside, _, after = netloc.partition("]")
    return inside.startswith("[") and after[:1] in {"", ":"} and _is(IPv6Address, inside[1:]) and "%" not in inside


def _is_host(host: str) -> bool:
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > _LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    # What ends in a number is an address, and resolvers read more spellings than the usual one: 127.1, 0x7f000001.
    return not _NUMBER.fullmatch(labels[-1]) or _is(IPv4Address, name)


def _is(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
