"""Tests of the database roles: PostgreSQL itself limits what each domain may read and write."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from functions.migrations import DOMAINS
from tests.database import TestDatabase

ROW = "INSERT INTO delivery.outbox (id, event, due_at) VALUES (gen_random_uuid(), '{}', now())"


@contextmanager
def connect_as(database: TestDatabase, domain: str) -> Iterator[Connection]:
    """Connect as a domain's role; the transaction is rolled back unless the test commits."""
    with create_engine(database.url_of(domain), poolclass=NullPool).connect() as connection:
        yield connection


def foreign_schemas(domain: str) -> list[str]:
    """Return the schemas that a domain must not read."""
    return [other for other in DOMAINS if other not in {domain, "delivery", "recurrence"}]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_role_cannot_read_another_schema(database: TestDatabase, domain: str) -> None:
    """A domain's role has no access to the tables of another domain."""
    tables = database.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(:others)", others=foreign_schemas(domain)
    )
    assert tables
    for table in tables:
        with connect_as(database, domain) as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text(f"SELECT 1 FROM {table['schemaname']}.{table['tablename']}"))


@pytest.mark.parametrize("domain", [domain for domain in DOMAINS if domain != "delivery"])
def test_a_role_sees_its_own_rows_of_the_outbox(database: TestDatabase, domain: str) -> None:
    """Row-level security hides the outbox rows of other domains."""
    with connect_as(database, "delivery") as writer:
        writer.execute(text(ROW))
        writer.commit()
    with connect_as(database, domain) as connection:
        connection.execute(text(ROW))
        assert connection.scalar(text("SELECT count(*) FROM delivery.outbox")) == 1
        assert connection.execute(text("DELETE FROM delivery.outbox WHERE owner <> current_user")).rowcount == 0


def test_a_role_cannot_emit_events_as_another(database: TestDatabase) -> None:
    """A role cannot insert an outbox row with another owner."""
    forged = ROW.replace("due_at)", "due_at, owner)").replace("now())", "now(), 'todo_tasks')")
    with connect_as(database, "reminders") as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(text(forged))


def test_the_relay_sees_all_rows_of_the_outbox(database: TestDatabase) -> None:
    """The role of delivery reads the rows of all domains, because it publishes for them."""
    with connect_as(database, "tasks") as writer:
        writer.execute(text(ROW))
        writer.commit()
    with connect_as(database, "delivery") as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery.outbox WHERE owner = 'todo_tasks'"))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.entries SET event = '{}'", "DELETE FROM audit.entries", "TRUNCATE audit.entries"]
)
@pytest.mark.parametrize("domain", DOMAINS)
def test_no_role_changes_an_audit_entry(database: TestDatabase, domain: str, statement: str) -> None:
    """No role may update or delete audit entries."""
    with connect_as(database, domain) as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(statement))
