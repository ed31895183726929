"""TLS to PostgreSQL: each ``sslmode`` has libpq's meaning."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.pool import NullPool

from functions.migrations.engine import create_postgresql_engine
from tests.database import TestDatabase
from tests.integration.notifications.certificates import server_context
from tests.integration.postgresql.tls_front import TlsFront


@pytest.fixture
def tls_front(database: TestDatabase, tmp_path: Path) -> Iterator[TlsFront]:
    """A server with a certificate for localhost that ``authority.pem`` has signed."""
    context, _ = server_context("localhost", tmp_path)
    front = TlsFront(str(make_url(database.url_of("tasks")).query["unix_sock"]), context)
    yield front
    front.close()


def log_query_in(database: TestDatabase, tls_front: TlsFront, host: str, **query: str) -> object:
    """Log in, and return the name of the role."""
    url = make_url(database.url_of("tasks")).set(host=host, port=tls_front.port, query=query)
    engine = create_postgresql_engine(url.render_as_string(hide_password=False), poolclass=NullPool)
    with engine.connect() as connection:
        return connection.scalar(text("SELECT current_user"))


@pytest.mark.parametrize(
    ("host", "query"),
    [
        ("127.0.0.1", {"sslmode": "require"}),
        ("127.0.0.1", {"sslmode": "verify-ca", "sslrootcert": "authority.pem"}),
        ("localhost", {"sslmode": "verify-full", "sslrootcert": "authority.pem"}),
    ],
)
def test_a_server_that_satisfies_the_mode_is_accepted(
    database: TestDatabase, tls_front: TlsFront, tmp_path: Path, host: str, query: dict[str, str]
) -> None:
    """Require needs encryption, verify-ca a trusted authority, and verify-full also the host's name."""
    assert log_query_in(database, tls_front, host, **_query_in(tmp_path, query)) == "todo_tasks"
    assert tls_front.encrypted_connections == 1


@pytest.mark.parametrize(
    ("host", "query"),
    [
        ("localhost", {"sslmode": "verify-ca"}),
        ("localhost", {"sslmode": "verify-full"}),
        ("127.0.0.1", {"sslmode": "verify-full", "sslrootcert": "authority.pem"}),
    ],
)
def test_a_server_that_fails_verification_gets_no_password(
    database: TestDatabase, tls_front: TlsFront, tmp_path: Path, host: str, query: dict[str, str]
) -> None:
    """An untrusted authority or the certificate of another host ends the connection before the login."""
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        log_query_in(database, tls_front, host, **_query_in(tmp_path, query))
    assert tls_front.encrypted_connections == 0


def _query_in(folder: Path, query: dict[str, str]) -> dict[str, str]:
    """Return a URL's query with the path of its file in a folder."""
    return {name: str(folder / value) if name == "sslrootcert" else value for name, value in query.items()}
