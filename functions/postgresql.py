"""Connects to PostgreSQL with pg8000, for functions and migrations: the socket, time limits and TLS."""

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from pg8000 import dbapi

CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 20

SSL_MODES: Final = ("disable", "require", "verify-ca", "verify-full")
"""The supported values of ``sslmode``, with libpq's meaning (PostgreSQL's documentation, section 34.19.1).

``allow`` and ``prefer`` are not supported, because an attacker between client and server can disable TLS with them.
"""


_URL: Final = re.compile(
    r"[a-z0-9+]+://((?P<user>[^:/@]*)(:(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[^\]]+\]|[^/:?@]*)(:(?P<port>\d+))?/(?P<database>[^?]*)(\?(?P<query>.*))?"
)


@dataclass(frozen=True, slots=True)
class _Address:
    """The parts of a database URL. ``port`` and ``host`` are not used with ``unix_sock`` in ``query``."""

    user: str | None
    password: str | None
    host: str
    port: int
    database: str
    query: Mapping[str, str]


def connect_postgresql(url: str, *, statement_seconds: float | None = STATEMENT_SECONDS) -> dbapi.Connection:
    """Open a connection to a URL like ``postgresql+pg8000://role:password@host:5432/database?sslmode=verify-full``.

    ``sslrootcert`` in the query is a file of certificate authorities; the default is the system's authorities.
    ``unix_sock`` is the path of a socket, instead of host and port. An exchange fails if the server does not answer
    within ``statement_seconds``.

    pg8000 does not set TCP_NODELAY. Without it, every larger statement waits for an acknowledgement. The argument
    ``ssl_context`` is always passed, because pg8000's default builds a TLS context for every connection.
    """
    address = _read_address(url)
    arguments: dict[str, Any] = {
        "user": address.user,
        "password": address.password,
        "database": address.database,
        "timeout": statement_seconds,
        "ssl_context": _tls_context(address.query),
        "application_name": "todo",
    }
    if "unix_sock" in address.query:
        return dbapi.connect(unix_sock=address.query["unix_sock"], **arguments)
    connected = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
    try:
        connected.settimeout(statement_seconds)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return dbapi.connect(sock=connected, host=address.host, **arguments)
    except BaseException:
        connected.close()
        raise


def check_sslmode(url: str) -> None:
    """Raise ValueError if the ``sslmode`` of a URL is not one of :data:`SSL_MODES`."""
    mode = _read_address(url).query.get("sslmode", "disable")
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(SSL_MODES)}, not {mode}")


def _read_address(url: str) -> _Address:
    """Split a URL. Raises ValueError if a part is missing; the message does not contain the URL, which has a password.

    ``urlsplit`` would end a password at a ``#``.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("the URL must be like postgresql+pg8000://role:password@host:5432/database")
    return _Address(
        user=unquote(parts["user"]) if parts["user"] else None,
        password=unquote(parts["password"]) if parts["password"] else None,
        host=parts["host"].strip("[]") or "localhost",
        port=int(parts["port"] or 5432),
        database=unquote(parts["database"]),
        query=dict(parse_qsl(parts["query"] or "", keep_blank_values=True)),
    )


def _tls_context(query: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Return the TLS context that ``sslmode`` requires, or False without TLS."""
    mode = query.get("sslmode", "disable")
    if mode == "disable":
        return False
    context = ssl.create_default_context(cafile=query.get("sslrootcert"))
    if mode != "verify-full":
        context.check_hostname = False
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
