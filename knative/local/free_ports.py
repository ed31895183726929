"""Find free TCP ports on loopback, for programs that get their ports as options."""

import errno
import random
import socket
from collections.abc import Collection
from typing import Final

LOOPBACK: Final = "127.0.0.1"

PORT_RANGE: Final = range(20_000, 32_000)
"""Below the ports of outgoing connections, which could otherwise occupy a port right after it was found free."""

_ATTEMPTS: Final = 1000


def find_free_ports(count: int, *, reserved: Collection[int] = ()) -> list[int]:
    """Return ``count`` ports that no program listens on. ``reserved`` ports are left out. Raises OSError."""
    found: list[int] = []
    for port in random.sample(PORT_RANGE, _ATTEMPTS):
        if port not in reserved and _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    first, last = PORT_RANGE.start, PORT_RANGE.stop - 1
    raise OSError(errno.EADDRINUSE, f"there are no free ports on {LOOPBACK} from {first} to {last}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
