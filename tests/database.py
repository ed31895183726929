"""A real PostgreSQL for tests: one server per test run, and one database per test module."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS, upgrade_database
from knative.local.postgres import SUPERUSER, Postgres

PASSWORD = "a-test's:pass/word"
TEMPLATE = "todo_template"


class TestDatabase:
    """A migrated database without rows."""

    __test__ = False

    def __init__(self, server: Postgres, name: str) -> None:
        self._server = server
        self.name = name
        self._engine = create_engine(self._url(SUPERUSER), poolclass=NullPool)

    def url_of(self, domain: str) -> str:
        """Return the URL of a domain's role."""
        return self._server.url_of(f"todo_{domain}", PASSWORD, self.name)

    def as_admin(self) -> Connection:
        """Open a connection of the owner, who sees every row."""
        return self._engine.connect()

    def connect_as(self, domain: str) -> Connection:
        """Open a connection of a domain's role, for a transaction that a test controls."""
        return create_engine(self.url_of(domain), poolclass=NullPool).connect()

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query, without row-level security."""
        with self.as_admin() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def run(self, statement: str, **values: Any) -> None:
        """Run a statement as the owner."""
        with self.as_admin() as connection, connection.begin():
            connection.execute(text(statement), values)

    def _url(self, role: str) -> str:
        admin = self._server.admin_url
        return admin.replace("/todo?", f"/{self.name}?") if role == SUPERUSER else self.url_of(role)


@pytest.fixture(scope="session")
def database_folder() -> Iterator[Path]:
    """A data folder that the database's user can open. Pytest's own folders are private to root."""
    with TemporaryDirectory(prefix="todo-test-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def postgres(database_folder: Path) -> Iterator[Postgres]:
    """A server with a migrated template database, and a password for every role."""
    server = Postgres(database_folder)
    try:
        server.start()
        admin = create_engine(server.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        upgrade_database(server.admin_url.replace("/todo?", f"/{TEMPLATE}?"))
        with admin.connect() as connection:
            for domain in DATABASE_DOMAINS:
                connection.execute(
                    text(
                        f"ALTER ROLE todo_{domain} PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'".replace(
                            ":", r"\:"
                        )
                    )
                )
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[TestDatabase]:
    """A new database for the tests of a module."""
    name = f"test_{uuid4().hex}"
    admin = create_engine(postgres.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield TestDatabase(postgres, name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
