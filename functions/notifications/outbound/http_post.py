"""One HTTP POST that ends at a deadline, even if the receiver sends a byte at a time.

A socket's own timeout restarts with every byte. Here each step gets the time that remains until the deadline. Only the
head of the response is read, up to a size limit, because callers need only the status and one header.
"""

import io
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Final

from functions.notifications.outbound.deadline import Deadline

HEAD_LIMIT: Final = 65_536
"""Bytes that are read of a response at most."""

_ADDRESSES_TRIED: Final = 4  # of one host
_SECONDS = re.compile(r"[0-9]{1,9}")


class AnswerTooLongError(HTTPException):
    """The head of the response does not end within the limit."""


@dataclass(frozen=True, slots=True)
class HttpPeer:
    """The receiver of a request: checked IP addresses, and the name its certificate must have (None without TLS)."""

    addresses: tuple[str, ...]
    port: int
    tls_name: str | None


@dataclass(frozen=True, slots=True)
class PostResponse:
    """The status of a response and its ``Retry-After`` header."""

    status: int
    retry_after: str | None


def post_body(
    peer: HttpPeer, target: str, *, headers: Mapping[str, str], body: bytes, deadline: Deadline
) -> PostResponse:
    """Post a body and return the response with any status. Redirects are not followed.

    Raises TimeoutError at the deadline, and OSError or HTTPException if there is no readable response.
    """
    with closing(_connect(peer, deadline)) as connected:
        connection = HTTPConnection(peer.addresses[0], peer.port)
        connection.sock = _BoundedSocket(connected, deadline)  # has the methods that HTTPConnection calls
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        return PostResponse(response.status, response.headers.get("Retry-After"))


def parse_retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """Return the delay in a ``Retry-After`` header: seconds or a date (RFC 9110, section 10.2.3).

    Returns None if the header is missing or unreadable, or if its date has passed.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    try:
        date = parsedate_to_datetime(text)
        delay = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return delay if delay > timedelta() else None


@cache
def load_trusted_authorities() -> ssl.SSLContext:
    """Return a TLS context with the system's certificate authorities; reading them takes tens of milliseconds."""
    return ssl.create_default_context()


def _connect(peer: HttpPeer, deadline: Deadline) -> socket.socket:
    """Return a socket to the first address that accepts a connection; each address gets a share of the time."""
    addresses = peer.addresses[:_ADDRESSES_TRIED]
    failure = OSError("the host has no address")
    for number, address in enumerate(addresses):
        share = deadline.remaining() / (len(addresses) - number)
        try:
            connected = socket.create_connection((address, peer.port), timeout=share)
        except OSError as error:
            failure = error
            continue
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _start_tls(connected, peer.tls_name, deadline) if peer.tls_name else connected
    raise failure


def _start_tls(connected: socket.socket, name: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        connected.settimeout(deadline.remaining())  # limits the whole handshake, not each read
        return load_trusted_authorities().wrap_socket(connected, server_hostname=name)
    except BaseException:
        connected.close()
        raise


class _BoundedSocket(io.RawIOBase):
    """A socket for HTTPConnection that obeys a deadline and a size limit."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline
        self._room = HEAD_LIMIT

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._socket.settimeout(self._deadline.remaining())
            view = view[self._socket.send(view) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader passes a memoryview
        if self._room == 0:
            raise AnswerTooLongError
        self._socket.settimeout(self._deadline.remaining())
        received = self._socket.recv_into(buffer[: self._room])
        self._room -= received
        return received
