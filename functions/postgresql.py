"""How PostgreSQL is connected to, by functions and by the migrations alike: the socket, and TLS."""

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
"""The values of ``sslmode`` that are taken, with libpq's meaning (PostgreSQL's documentation, section 34.19.1).

``allow`` and ``prefer`` are not: whoever sits in between could talk either of them out of TLS.
"""


def engine_at(url: str, *, statement_seconds: float | None = STATEMENT_SECONDS, **options: Any) -> Engine:  # noqa: ANN401 - SQLAlchemy types them
    """Return an engine for a URL like ``postgresql+pg8000://role:password@host:5432/database?sslmode=verify-full``.

    ``sslrootcert`` beside ``sslmode`` is a file of certificate authorities; without it the system's are trusted.
    ``unix_sock`` is a socket's path, in place of host and port. A connection that waits longer than
    ``statement_seconds`` for the server is given up. ``options`` are ``create_engine``'s.
    """
    parsed = make_url(url)
    return create_engine("postgresql+pg8000://", creator=lambda: _connect(parsed, statement_seconds), **options)


def check_url(url: str) -> None:
    """Raise the ValueError of a URL whose ``sslmode`` is none that is taken."""
    mode = make_url(url).query.get("sslmode", "disable")
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(SSL_MODES)}, not {mode}")


def _connect(url: URL, statement_seconds: float | None) -> Any:  # noqa: ANN401 - pg8000 has no types
    """Open a connection, with TCP_NODELAY.

    pg8000 does not set that, and without it every larger statement waits for an acknowledgement. Its own default for
    TLS builds a context on every connect, so what it is to do is always said.
    """
    query = {name: str(value) for name, value in url.query.items()}
    arguments: dict[str, Any] = {
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "timeout": statement_seconds,
        "ssl_context": _tls(query),
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


def _tls(query: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Return the TLS that ``sslmode`` asks for, False for none."""
    mode = query.get("sslmode", "disable")
    if mode == "disable":
        return False
    context = ssl.create_default_context(cafile=query.get("sslrootcert"))
    if mode != "verify-full":
        context.check_hostname = False
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
