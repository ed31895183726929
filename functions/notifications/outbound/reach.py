"""Where a webhook may lead: to the public internet, and to the hosts and networks that the operator lists.

A user chooses the address. It must not lead into the cluster or to this machine, neither by its name nor by the IP
addresses that the name resolves to (server-side request forgery).
"""

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from functions.chassis.runtime.environment import SettingsError
from functions.notifications.outbound.deadline import Deadline, run_within
from functions.notifications.outbound.public_addresses import Network, is_public

VARIABLE: Final = "WEBHOOKS_MAY_REACH"

Lookup = Callable[[str, int], list[str]]
"""Takes a host and a port, returns the host's IP addresses; raises OSError if it has none."""

# RFC 6761 (localhost), RFC 6762 (local, which includes Kubernetes' cluster.local), RFC 8375 (home.arpa), ICANN's
# reservation of 2024 (internal), and the suffix that a cluster's search path completes (svc).
_INTERNAL_SUFFIXES: Final = ("localhost", "local", "svc", "internal", "home.arpa")
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*")


class ForbiddenAddressError(Exception):
    """A webhook may not be sent to this host. The message gives the reason, without the address."""


def look_up(host: str, port: int) -> list[str]:
    """Return a host's IP addresses from the system's resolver."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Reach:
    """The hosts that webhooks may be sent to.

    Public addresses are always allowed, with TLS. The listed ``names`` and ``networks`` are allowed without TLS too.
    ``anywhere`` allows every host.
    """

    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    anywhere: bool = False

    def resolve(self, scheme: str, host: str, port: int, *, deadline: Deadline, lookup: Lookup = look_up) -> list[str]:
        """Return the IP addresses of a host after checking that each of them is allowed.

        Raises ForbiddenAddressError if the host or any of its addresses is not allowed, and OSError if the host has no
        address or the lookup takes too long.
        """
        name = host.lower().rstrip(".")
        is_vouched = self.anywhere or self._lists(name)
        is_literal = _is_address(name)
        if not is_vouched and not is_literal and _is_internal(name):
            raise ForbiddenAddressError("the address is not public")
        # The final dot stops the resolver's search path, which in a cluster makes a.b one of its services.
        queried = name if is_vouched or is_literal else f"{name}."
        try:
            found = run_within(deadline, lambda: lookup(queried, port))
        except ValueError:
            raise ForbiddenAddressError("the address holds no host's name") from None
        if is_vouched:
            return found
        listed = [any(ip_address(address) in network for network in self.networks) for address in found]
        if not all(known or is_public(ip_address(address)) for address, known in zip(found, listed, strict=True)):
            raise ForbiddenAddressError("the address is not public")
        if scheme != "https" and not all(listed):
            raise ForbiddenAddressError("a webhook must be https")
        return found

    def _lists(self, name: str) -> bool:
        return any(name.endswith(entry[1:]) if entry.startswith("*.") else name == entry for entry in self.names)


ANYWHERE: Final = Reach(anywhere=True)
"""Every host, this machine included. For development only."""


def read_reach(environ: Mapping[str, str]) -> Reach:
    """Return the reach that the operator lists in WEBHOOKS_MAY_REACH.

    The list holds networks, addresses and host names, separated by commas. ``*.example.com`` stands for all names below
    ``example.com``. Raises SettingsError if an entry is none of these.
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


def _is_internal(name: str) -> bool:
    return "." not in name or name.endswith(tuple(f".{suffix}" for suffix in _INTERNAL_SUFFIXES))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
