"""Connects to PostgreSQL with pg8000, for functions and migrations: the socket, time limits and TLS."""

import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

from pg8000 import dbapi
from sqlalchemy import create_engine, make_url
from sqlalchemy.engine import URL, Engine

CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 20

SSL_MODES: Final = ("disable", "require", "verify-ca", "verify-full")
"""The supported values of ``sslmode``, with libpq's meaning (PostgreSQL's documentation, section 34.19.1).

``allow`` and ``prefer`` are not supported, because an attacker between client and server can disable TLS with them.
"""


def create_postgresql_engine(
    url: str,
    *,
    statement_seconds: float | None = STATEMENT_SECONDS,
    **options: Any,  # noqa: ANN401 - SQLAlchemy types them
) -> Engine:
    """Return an engine for a URL like ``postgresql+pg8000://role:password@host:5432/database?sslmode=verify-full``.

    ``sslrootcert`` in the query is a file of certificate authorities; the default is the system's authorities.
    ``unix_sock`` is the path of a socket, instead of host and port. A connection fails if the server does not answer
    within ``statement_seconds``. ``options`` are those of ``create_engine``.
    """
    parsed = make_url(url)
    return create_engine("postgresql+pg8000://", creator=lambda: _connect(parsed, statement_seconds), **options)


def check_sslmode(url: str) -> None:
    """Raise ValueError if the ``sslmode`` of a URL is not one of :data:`SSL_MODES`."""
    mode = make_url(url).query.get("sslmode", "disable")
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(SSL_MODES)}, not {mode}")


def _connect(url: URL, statement_seconds: float | None) -> Any:  # noqa: ANN401 - pg8000 has no types
    """Open a connection with TCP_NODELAY.

    pg8000 does not set TCP_NODELAY. Without it, every larger statement waits for an acknowledgement. The argument
    ``ssl_context`` is always passed, because pg8000's default builds a TLS context for every connection.
    """
    query = {name: str(value) for name, value in url.query.items()}
    arguments: dict[str, Any] = {
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "timeout": statement_seconds,
        "ssl_context": _tls_context(query),
        "application_name": "todo",
    }
    if "unix_sock" in query:
        return dbapi.connect(unix_sock=query["unix_sock"], **arguments)
    host = url.host or "localhost"
    connected = socket.create_connection((host, url.port or 5432), CONNECT_SECONDS)
    try:
        connected.settimeout(statement_seconds)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return dbapi.connect(sock=connected, host=host, **arguments)
    except BaseException:
        connected.close()
        raise


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
