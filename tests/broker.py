"""A broker that takes every event and remembers it, or refuses as it is told."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from events.data import EventData
from events.document import document_from_request
from events.encoding import decode_event
from events.event import Event

PATIENCE = 60.0


class RecordingBroker:
    """A broker's ingress on loopback; ``status`` is what it answers, ``received`` what it took, in order.

    ``times`` are when it took something, in seconds since 1970. While ``open`` is cleared it answers nobody.
    """

    def __init__(self) -> None:
        self.status = 202
        self.open = threading.Event()
        self.open.set()
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.times: list[float] = []
        broker = self

        class Ingress(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                broker.open.wait(PATIENCE)
                if broker.status == 202:
                    broker.times.append(time.time())
                    broker.received.append((dict(self.headers), body))
                self.send_response(broker.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ingress)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/broker"

    @property
    def events(self) -> list[Event[EventData]]:
        """What it took, as this version reads it."""
        return [decode_event(*one) for one in self.received]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What it took, as it came."""
        return [document_from_request(*one) for one in self.received]

    def close(self) -> None:
        """Stop listening."""
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
