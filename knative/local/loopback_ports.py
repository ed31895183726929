"""Ports for programs that must be told theirs before they can listen on them."""

import errno
import random
import socket
from collections.abc import Collection
from typing import Final

LOOPBACK: Final = "127.0.0.1"

RANGE: Final = range(20_000, 32_000)
"""Below those that systems give to outgoing connections, one of which could take a port that was free just now."""

_TRIES: Final = 1000


def free_ports(count: int, *, taken: Collection[int] = ()) -> list[int]:
    """Return so many ports that nobody listens on; ``taken`` are some that somebody soon will. Raises OSError."""
    found: list[int] = []
    for port in random.sample(RANGE, _TRIES):
        if port not in taken and _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(errno.EADDRINUSE, f"there are no free ports on {LOOPBACK} from {RANGE.start} to {RANGE.stop - 1}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
