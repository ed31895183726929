"""A webhook's receiver: answers as it is told, and keeps what it was sent once the signature fits."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


class Receiver:
    """Listens on loopback; ``answers`` are the statuses of the next requests, 200 after those."""

    def __init__(self, answers: Sequence[int] = ()) -> None:
        self.answers = list(answers)
        self.secret = ""
        self.accepted: list[dict[str, Any]] = []
        self.ids: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.ids.append(self.headers["webhook-id"])
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    receiver.accepted.append(Webhook(receiver.secret).verify(body, headers))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?from=todo"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
