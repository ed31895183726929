"""A receiver that does not play by the rules: what it does with a connection is the test's."""

import socket
import threading
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 20.0
"""Seconds after which it gives up whatever it does, so that no test waits for ever."""

Act = Callable[[socket.socket], None]


class RawReceiver:
    """Takes one connection on loopback and does ``act`` with it."""

    def __init__(self, act: Act) -> None:
        self.visited = False
        self.cut_off = False
        """Whether the other side went away before the act was over."""
        self._act = act
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the act is over."""
        self._thread.join(2 * PATIENCE)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _serve(self) -> None:
        try:
            connected, _ = self._listening.accept()
        except OSError:
            return  # closed, and nobody came
        self.visited = True
        with connected:
            connected.settimeout(PATIENCE)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._act(connected)
            except OSError:
                self.cut_off = True


def read_request(connected: socket.socket) -> None:
    """Take a request with its body."""
    with connected.makefile("rb") as lines:
        length = 0
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if line == b"\r\n":
                break
        lines.read(length)
