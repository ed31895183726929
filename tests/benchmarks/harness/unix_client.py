"""Sends single HTTP requests over a unix socket, and reads their JSON."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any


class UnixClient(http.client.HTTPConnection):
    """A connection to the unix socket at ``path``."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)

    def read_json(self, target: str, headers: Mapping[str, str]) -> Any:
        """Return the JSON of a GET request. Raises AssertionError if the response is no success."""
        self.request("GET", target, headers=dict(headers))
        response = self.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)
