"""A Broker that answers 202 at once and counts. It runs in a separate process, so that it adds no CPU to functions."""

import asyncio
import json
import multiprocessing
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, ClassVar

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class _Ingress(asyncio.Protocol):
    """One connection. It reads no more of a request than its length and its type."""

    counts: ClassVar[Counter[str]] = Counter()
    last_at: ClassVar[float] = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            headers = dict(line.split(b":", 1) for line in lines[1:] if b":" in line)
            length = int(headers.get(b"content-length", b"0"))
            if not found or len(rest) < length:
                return
            self._buffer = rest[length:]
            if lines[0].startswith(b"get"):
                body = json.dumps({"counts": self.counts, "last": _Ingress.last_at}).encode()
                self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                continue
            self.counts[headers.get(b"ce-type", b"").decode().strip()] += 1
            _Ingress.last_at = time.time()
            self._transport.write(ACCEPTED)


def _serve(ready: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Ingress, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class CountingBroker:
    """The Broker's process. ``url`` is its ingress."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}/broker"
        self.pid = pid

    def read(self) -> tuple[int, float]:
        """Return how many events have arrived, without wake-ups of the relay, and when the last one did."""
        with urllib.request.urlopen(self.url) as response:
            found = json.load(response)
        counts = {kind: count for kind, count in found["counts"].items() if kind != "todo.outboxdue"}
        return sum(counts.values()), float(found["last"])

    def wait_for(self, count: int, *, within: float) -> tuple[int, float]:
        """Return what :meth:`read` does as soon as ``count`` events have arrived, or after ``within`` seconds."""
        deadline = time.monotonic() + within
        while True:
            arrived, last = self.read()
            if arrived >= count or time.monotonic() > deadline:
                return arrived, last
            time.sleep(0.02)


@contextmanager
def run_counting_broker() -> Iterator[CountingBroker]:
    """Run the Broker while the block runs."""
    spawn = multiprocessing.get_context("spawn")
    reports, ready = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(ready,), daemon=True)
    process.start()
    try:
        assert process.pid
        yield CountingBroker(reports.recv(), process.pid)
    finally:
        process.kill()
        process.join()
