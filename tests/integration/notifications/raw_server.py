"""A TCP server for receivers that break the rules of HTTP: the test decides how each connection is handled."""

import socket
import threading
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 20.0
"""Seconds after which the server closes a connection, so that no test waits forever."""

Behaviour = Callable[[socket.socket], None]


class RawServer:
    """Accepts one connection on loopback and calls ``behaviour`` with it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.visited = False
        self.cut_off = False
        """Whether the client closed the connection first."""
        self._behaviour = behaviour
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the connection is handled."""
        self._thread.join(2 * PATIENCE)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _serve(self) -> None:
        try:
            connected, _ = self._listening.accept()
        except OSError:
            return  # closed before a connection arrived
        self.visited = True
        with connected:
            connected.settimeout(PATIENCE)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._behaviour(connected)
            except OSError:
                self.cut_off = True


def read_request(connected: socket.socket) -> None:
    """Read a request with its body."""
    with connected.makefile("rb") as lines:
        length = 0
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if line == b"\r\n":
                break
        lines.read(length)
