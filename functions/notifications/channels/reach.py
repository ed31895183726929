"""Where a webhook may lead: to the public internet, and to what the operator lists.

A user chooses the address, so it must not lead inside: not by its name, and not by what its name resolves to.
"""

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from functions.chassis.runtime.environment import SettingsError
from functions.notifications.channels.addresses import Network, is_public
from functions.notifications.channels.deadline import Deadline, in_time

VARIABLE: Final = "WEBHOOKS_MAY_REACH"

Lookup = Callable[[str, int], list[str]]
"""Takes a host and a port, returns the host's addresses; raises OSError where it has none."""

# RFC 6761 (localhost), RFC 6762 (local, with Kubernetes' cluster.local), RFC 8375 (home.arpa); internal is ICANN's
# reservation of 2024, and svc is what a cluster's own search path completes.
_INSIDE: Final = ("localhost", "local", "svc", "internal", "home.arpa")
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*")


class RefusedError(Exception):
    """A webhook may not go there; the message says why, without the address."""


def look_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Reach:
    """The public internet by TLS; what is listed, by name or network, without TLS too; or ``anywhere``."""

    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    anywhere: bool = False

    def resolve(self, scheme: str, host: str, port: int, *, deadline: Deadline, lookup: Lookup = look_up) -> list[str]:
        """Return the addresses of a host, each of which may be connected to.

        Raises RefusedError where the host, or any one of its addresses, is out of reach; OSError where there is no
        address, or none in time.
        """
        name = host.lower().rstrip(".")
        vouched = self.anywhere or self._lists(name)
        literal = _is_address(name)
        if not vouched and not literal and _is_inside(name):
            raise RefusedError("the address is not public")
        # With its last dot a name is nobody's to complete: a cluster's search path makes a.b one of its own services.
        asked = name if vouched or literal else f"{name}."
        try:
            found = in_time(lambda: lookup(asked, port), deadline)
        except ValueError:
            raise RefusedError("the address holds no host's name") from None
        if vouched:
            return found
        listed = [any(ip_address(one) in network for network in self.networks) for one in found]
        if not all(known or is_public(ip_address(one)) for one, known in zip(found, listed, strict=True)):
            raise RefusedError("the address is not public")
        if scheme != "https" and not all(listed):
            raise RefusedError("a webhook must be https")
        return found

    def _lists(self, name: str) -> bool:
        return any(name.endswith(entry[1:]) if entry.startswith("*.") else name == entry for entry in self.names)


ANYWHERE: Final = Reach(anywhere=True)
"""For development: this machine and its network as well."""


def listed_reach(environ: Mapping[str, str]) -> Reach:
    """Return what the operator lists in WEBHOOKS_MAY_REACH: networks, addresses and names, separated by commas.

    A name may begin with ``*.``, for all that are below it. Raises SettingsError where an entry is none of these.
    """
    names: list[str] = []
    networks: list[Network] = []
    for entry in filter(None, (part.strip().lower() for part in environ.get(VARIABLE, "").split(","))):
        try:
            networks.append(ip_network(entry))
        except ValueError:
            if "/" in entry or not _NAME.fullmatch(entry) or entry.rpartition(".")[2].isdigit():
                raise SettingsError(
                    f"cannot start: {VARIABLE} must be networks, addresses and host names, separated by commas,"
                    f" like 10.20.0.0/16, *.hooks.svc.cluster.local; {entry!r} is none"
                ) from None
            names.append(entry)
    return Reach(tuple(names), tuple(networks))


def _is_inside(name: str) -> bool:
    return "." not in name or name.endswith(tuple(f".{suffix}" for suffix in _INSIDE))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
