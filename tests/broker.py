"""A broker for tests that records every event, or rejects it on request."""

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from events.data import EventData
from events.document import document_from_request
from events.encoding import decode_event
from events.event import Event

MAX_WAIT = 60.0
"""Seconds that a request waits for ``open``."""


class RecordingBroker:
    """A broker's ingress on the loopback interface.

    ``status`` is the status of its answers. ``received`` contains the headers and body of every accepted request, in
    order, and ``times`` the moment of each in seconds since 1970. While ``open`` is cleared, requests wait.
    ``connections`` counts the connections that were opened.
    """

    def __init__(self) -> None:
        self.status = 202
        self.open = threading.Event()
        self.open.set()
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.times: list[float] = []
        self.connections = 0
        self._sockets: list[socket.socket] = []
        broker = self

        class Ingress(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = "HTTP/1.1"  # so that connections stay open, as a Broker's do

            def setup(self) -> None:
                super().setup()
                broker.connections += 1
                broker._sockets.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                broker.open.wait(MAX_WAIT)
                if broker.status == 202:
                    broker.times.append(time.time())
                    broker.received.append((dict(self.headers), body))
                self.send_response(broker.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Do not log requests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ingress)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/broker"

    @property
    def events(self) -> list[Event[EventData]]:
        """The accepted events, decoded."""
        return [decode_event(*one) for one in self.received]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The accepted events as JSON documents, which may contain unknown types and members."""
        return [document_from_request(*one) for one in self.received]

    def close_connections(self) -> None:
        """Close all connections of clients, as a Broker does with idle ones."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def close(self) -> None:
        """Stop listening."""
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
