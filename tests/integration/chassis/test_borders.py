"""What PostgreSQL lets each domain's role do, whatever the code tries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS
from tests.database import TestDatabase

ROW = "INSERT INTO delivery.outbox (id, event, due_at) VALUES (gen_random_uuid(), '{}', now())"


@contextmanager
def connected(database: TestDatabase, domain: str) -> Iterator[Connection]:
    """Connect as a domain's role, in a transaction that is rolled back."""
    with create_engine(database.url_of(domain), poolclass=NullPool).connect() as connection:
        yield connection


def schemas_of_others(domain: str) -> list[str]:
    """Return the schemas that a domain has no business in."""
    return [other for other in DATABASE_DOMAINS if other not in {domain, "delivery", "recurrence"}]


@pytest.mark.parametrize("domain", DATABASE_DOMAINS)
def test_a_role_cannot_enter_anothers_schema(database: TestDatabase, domain: str) -> None:
    """No domain can even look at another's tables."""
    tables = database.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(:others)", others=schemas_of_others(domain)
    )
    assert tables
    for table in tables:
        with connected(database, domain) as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text(f"SELECT 1 FROM {table['schemaname']}.{table['tablename']}"))


@pytest.mark.parametrize("domain", [domain for domain in DATABASE_DOMAINS if domain != "delivery"])
def test_a_role_sees_its_own_rows_of_the_outbox(database: TestDatabase, domain: str) -> None:
    """Row-level security hides what others are about to say, and what they have handled."""
    with connected(database, "delivery") as writer:
        writer.execute(text(ROW))
        writer.commit()
    with connected(database, domain) as connection:
        connection.execute(text(ROW))
        assert connection.scalar(text("SELECT count(*) FROM delivery.outbox")) == 1
        assert connection.execute(text("DELETE FROM delivery.outbox WHERE owner <> current_user")).rowcount == 0


def test_a_role_cannot_say_something_as_another(database: TestDatabase) -> None:
    """The owner of a row is whoever writes it."""
    forged = ROW.replace("due_at)", "due_at, owner)").replace("now())", "now(), 'todo_tasks')")
    with connected(database, "reminders") as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(text(forged))


def test_the_relay_sees_what_everybody_left(database: TestDatabase) -> None:
    """Delivery publishes for all."""
    with connected(database, "tasks") as writer:
        writer.execute(text(ROW))
        writer.commit()
    with connected(database, "delivery") as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery.outbox WHERE owner = 'todo_tasks'"))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.entries SET event = '{}'", "DELETE FROM audit.entries", "TRUNCATE audit.entries"]
)
@pytest.mark.parametrize("domain", DATABASE_DOMAINS)
def test_nobody_changes_an_audit_entry(database: TestDatabase, domain: str, statement: str) -> None:
    """An audit entry can be added and read, and by no role changed or taken away."""
    with connected(database, domain) as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(statement))
