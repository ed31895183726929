"""The event bus behind a Knative Broker's ingress."""

import weakref
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from events.envelope import Envelope
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.telemetry.context import current_context

MAX_ANSWER: Final = 65_536
"""Bytes of an answer that are read, so that the connection can be used again. A Broker's answer is empty."""


class BrokerBus:
    """Publishes to a Knative Broker's ingress over HTTP.

    With the in-memory channel, the Broker answers after it has delivered or dead-lettered the event for every Trigger.
    With Kafka, the Broker answers after Kafka's acknowledgement. In both cases a 2xx means that the Broker has
    accepted the event.

    Up to ``connections`` idle connections stay open. ``http.client`` needs a third of urllib3's CPU for a request.
    """

    system = "knative"

    def __init__(self, url: str, *, connections: int) -> None:
        parts = urlsplit(url)
        self._open = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._address = parts.netloc.rpartition("@")[2]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._request_line = f"POST {path} HTTP/1.1\r\nHost: {self._address}\r\nAccept-Encoding: identity"
        self._connections = connections
        self._idle: list[HTTPConnection] = []  # used like a stack; append and pop are atomic
        weakref.finalize(self, _close_all, self._idle)

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Post an event in binary mode; only a 2xx answer counts as accepted.

        The ``traceparent`` header names the publisher's span, which becomes the parent of the Broker's own span. The
        ``ce-traceparent`` header is the event's own attribute.
        """
        headers, body = event.encode_binary()
        traceparent = current_context().traceparent
        if traceparent:
            headers["traceparent"] = traceparent
        try:
            status = self._post(headers, body, timeout)
        except (HTTPException, OSError) as error:
            raise BusUnavailableError(type(error).__name__) from error
        if not 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise BusUnavailableError(f"the broker answered {status}")

    def _post(self, headers: dict[str, str], body: bytes, timeout: float) -> int:
        """Post on an idle connection. If the Broker has closed it meanwhile, post on a new one."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._request(self._open(self._address, timeout=timeout), headers, body)
        connection.timeout = timeout
        connection.sock.settimeout(timeout)
        try:
            return self._request(connection, headers, body)
        except (ConnectionError, HTTPException):
            return self._request(self._open(self._address, timeout=timeout), headers, body)

    def _request(self, connection: HTTPConnection, headers: dict[str, str], body: bytes) -> int:
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.sendall(self._encode_request(headers, body))
            with closing(HTTPResponse(connection.sock, method="POST")) as response:
                response.begin()
                response.read(MAX_ANSWER)
                is_complete = response.isclosed()
        except BaseException:
            connection.close()
            raise
        if is_complete and not response.will_close and len(self._idle) < self._connections:
            self._idle.append(connection)
        else:
            connection.close()
        return response.status

    def _encode_request(self, headers: dict[str, str], body: bytes) -> bytes:
        """Return a request in one piece; ``http.client`` sends its body by itself.

        The headers need no check: an event's attributes are percent-encoded, and its content type is printable ASCII.
        """
        lines = [self._request_line, *(f"{name}: {value}" for name, value in headers.items())]
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        return "\r\n".join(lines).encode("ascii") + body


def _close_all(connections: list[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()
