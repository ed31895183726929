"""A closed loop of HTTP requests: each connection sends its next request when it has the response to the last one."""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

Address = str | tuple[str, int]
"""The path of a unix socket, or a host and a port."""

PATIENCE = 30.0
"""Seconds after which a load without any response fails."""


@dataclass
class LoadResult:
    """The responses to a load. ``seconds`` is the time from the first request to the last response."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    reconnects: int = 0

    @property
    def answered(self) -> int:
        """The number of responses, whatever their status."""
        return len(self.latencies)

    @property
    def accepted(self) -> int:
        """The number of responses with a status of 2xx."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)


class _KeptConnection:
    """One keep-alive connection, its open request and what has arrived of the response."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.socket = self._connect()
        self.request, self.received, self.began = b"", b"", 0.0

    def _connect(self) -> socket.socket:
        if isinstance(self._address, str):
            connected = socket.socket(socket.AF_UNIX)
            connected.connect(self._address)
        else:
            connected = socket.create_connection(self._address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def send(self, request: bytes) -> None:
        self.request, self.received, self.began = request, b"", time.perf_counter()
        self.socket.sendall(request)

    def reconnect(self) -> None:
        self.socket.close()
        self.socket = self._connect()

    def read(self) -> int | None:
        """Return the status when the response is complete. Raises OSError if the server closed the connection."""
        chunk = self.socket.recv(262144)
        if not chunk:
            raise ConnectionResetError
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or not _is_complete(head.lower(), body):
            return None
        return int(self.received[9:12])


def _is_complete(head: bytes, body: bytes) -> bool:
    if b"\r\ntransfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    _, found, length = head.partition(b"\r\ncontent-length:")
    return not found or len(body) >= int(length.partition(b"\r\n")[0])


def run_load(
    address: Address,
    make_request: Callable[[], bytes],
    *,
    connections: int,
    seconds: float = float("inf"),
    count: float = float("inf"),
) -> LoadResult:
    """Send requests for some seconds, or until ``count`` were sent, and return when each has its response.

    If the server closes an idle connection, as it may at any time, the request goes over a new one.
    """
    result, began, sent = LoadResult(), time.perf_counter(), 0
    with selectors.DefaultSelector() as ready:

        def send_next(connection: _KeptConnection) -> None:
            nonlocal sent
            if time.perf_counter() - began < seconds and sent < count:
                sent += 1
                connection.send(make_request())
            else:
                ready.unregister(connection.socket)
                connection.socket.close()

        for _ in range(connections):
            opened = _KeptConnection(address)
            ready.register(opened.socket, selectors.EVENT_READ, opened)
            send_next(opened)
        while ready.get_map():
            events = ready.select(PATIENCE)
            if not events:
                raise TimeoutError(f"no response from {address} within {PATIENCE} s")
            for key, _ in events:
                connection: _KeptConnection = key.data
                try:
                    status = connection.read()
                except OSError:
                    ready.unregister(connection.socket)
                    connection.reconnect()
                    result.reconnects += 1
                    ready.register(connection.socket, selectors.EVENT_READ, connection)
                    connection.send(connection.request)
                    continue
                if status is not None:
                    result.statuses[status] += 1
                    result.latencies.append(time.perf_counter() - connection.began)
                    with suppress(KeyError):
                        send_next(connection)
    result.seconds = time.perf_counter() - began
    return result
