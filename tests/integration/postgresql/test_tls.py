"""TLS to PostgreSQL means what libpq means by the same words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.pool import NullPool

from functions.postgresql import engine_at
from tests.database import TestDatabase
from tests.integration.notifications.certificates import server_context
from tests.integration.postgresql.tls_front import TlsFront


@pytest.fixture
def front(database: TestDatabase, tmp_path: Path) -> Iterator[TlsFront]:
    """A server whose certificate is localhost's, signed by ``authority.pem``."""
    context, _ = server_context("localhost", tmp_path)
    listening = TlsFront(str(make_url(database.url_of("tasks")).query["unix_sock"]), context)
    yield listening
    listening.close()


def log_in(database: TestDatabase, front: TlsFront, host: str, **query: str) -> object:
    """Return what the server answers to a first question."""
    url = make_url(database.url_of("tasks")).set(host=host, port=front.port, query=query)
    engine = engine_at(url.render_as_string(hide_password=False), poolclass=NullPool)
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
def test_what_is_asked_for_is_enough(
    database: TestDatabase, front: TlsFront, tmp_path: Path, host: str, query: dict[str, str]
) -> None:
    """Encrypted; signed by who is trusted; and for this very host: each mode asks for so much and no more."""
    assert log_in(database, front, host, **_in(tmp_path, query)) == "todo_tasks"
    assert front.encrypted == 1


@pytest.mark.parametrize(
    ("host", "query"),
    [
        ("localhost", {"sslmode": "verify-ca"}),
        ("localhost", {"sslmode": "verify-full"}),
        ("127.0.0.1", {"sslmode": "verify-full", "sslrootcert": "authority.pem"}),
    ],
)
def test_a_server_that_cannot_prove_itself_is_told_nothing(
    database: TestDatabase, front: TlsFront, tmp_path: Path, host: str, query: dict[str, str]
) -> None:
    """An authority that nobody trusts, or another host's certificate, ends it before a password is sent."""
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        log_in(database, front, host, **_in(tmp_path, query))
    assert front.encrypted == 0


def _in(folder: Path, query: dict[str, str]) -> dict[str, str]:
    """Return a URL's query with its file in a folder."""
    return {name: str(folder / value) if name == "sslrootcert" else value for name, value in query.items()}
