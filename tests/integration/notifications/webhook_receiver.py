"""A receiver of webhooks for tests: responds with given statuses and records the requests."""

import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


class DuringRequests(list[int]):
    """Statuses for a receiver: 200 to a number of requests, with a call of ``action`` during each of them."""

    def __init__(self, action: Callable[[], object], requests: int = 1) -> None:
        super().__init__([200] * requests)
        self._action = action

    def pop(self, _index: object = -1, /) -> int:
        """Run the action, and return the next status."""
        self._action()
        return super().pop()


class WebhookReceiver:
    """Listens on loopback. ``answers`` are the statuses of the next requests; after them the status is 200.

    ``headers`` are sent with each status other than 200. ``accepted`` holds the bodies of requests that were answered
    with 200 and have a valid signature.
    """

    def __init__(
        self,
        answers: Sequence[int] = (),
        *,
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers: list[int] = list(answers)
        self.secret = ""
        self.signed = True
        self.accepted: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        self.hosts: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.ids.append(self.headers["webhook-id"])
                receiver.bodies.append(body)
                receiver.hosts.append(self.headers["Host"])
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200 and receiver.signed:
                    sent = {name.lower(): value for name, value in self.headers.items()}
                    receiver.accepted.append(Webhook(receiver.secret).verify(body, sent))
                self.send_response(status)
                for name, value in ((headers or {}) if status != 200 else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Suppress the access log."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Ignore clients that close the connection: the test asserts which requests arrived."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook?from=todo"

    def accept_unsigned(self) -> None:
        """Accept requests without a signature too."""
        self.signed = False

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
