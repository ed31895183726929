"""One POST and the head of its answer, within a deadline over all of it, however slowly the other side goes.

A socket's own time-out starts anew with every byte. So here each step is given what is left of the deadline, and of
the answer no more is taken than its head, up to a limit: nothing further is of use.
"""

import io
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Final

from functions.notifications.channels.deadline import Deadline

LIMIT: Final = 65_536
"""How many bytes of an answer are taken at most."""

_TRIED: Final = 4  # addresses of one host


class AnswerTooLongError(HTTPException):
    """The answer's head does not end within the limit."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is posted to: addresses that were checked, and the name its certificate must be for (None without TLS)."""

    addresses: tuple[str, ...]
    port: int
    tls_name: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is of use in an answer; ``retry_after`` is the header of that name."""

    status: int
    retry_after: str | None


def post(peer: Peer, target: str, *, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> Reply:
    """Post a body and return the answer's status, whatever it is; a redirect is not followed.

    Raises TimeoutError at the deadline; OSError or HTTPException where there is no answer that can be read.
    """
    with closing(_connect(peer, deadline)) as connected:
        connection = HTTPConnection(peer.addresses[0], peer.port)
        connection.sock = _Wire(connected, deadline)  # all that is asked of a socket here
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers.get("Retry-After"))


@cache
def trusted() -> ssl.SSLContext:
    """Return the system's certificate authorities, read once: that takes tens of milliseconds."""
    return ssl.create_default_context()


def _connect(peer: Peer, deadline: Deadline) -> socket.socket:
    """Return a socket to the first address that takes it, each given its share of the time."""
    addresses = peer.addresses[:_TRIED]
    failure = OSError("the host has no address")
    for number, address in enumerate(addresses):
        share = deadline.left() / (len(addresses) - number)
        try:
            connected = socket.create_connection((address, peer.port), timeout=share)
        except OSError as error:
            failure = error
            continue
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _secured(connected, peer.tls_name, deadline) if peer.tls_name else connected
    raise failure


def _secured(connected: socket.socket, name: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        connected.settimeout(deadline.left())  # for the whole handshake: OpenSSL's loop counts it down
        return trusted().wrap_socket(connected, server_hostname=name)
    except BaseException:
        connected.close()
        raise


class _Wire(io.RawIOBase):
    """A socket as HTTPConnection uses it, held to a deadline and a limit."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline
        self._room = LIMIT

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._socket.settimeout(self._deadline.left())
            view = view[self._socket.send(view) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader's is always this
        if self._room == 0:
            raise AnswerTooLongError
        self._socket.settimeout(self._deadline.left())
        received = self._socket.recv_into(buffer[: self._room])
        self._room -= received
        return received
