"""Tests of the number of statements that a connection keeps prepared."""

from contextlib import closing

from functions.chassis.runtime.database import Database
from functions.chassis.runtime.pipelined_connection import MAX_PREPARED
from functions.chassis.runtime.statement import Statement, make_statement
from tests.database import TestDatabase


def test_a_connection_keeps_a_limited_number_of_prepared_statements(database: TestDatabase) -> None:
    """The combinations of filters in a list's queries would fill PostgreSQL's memory."""
    with closing(Database(database.url_of("reminders"), threads=1)) as db:
        for number in range(MAX_PREPARED + 50):
            db.fetch_all(make_statement(f"SELECT {number}"))
        [found] = db.fetch_all(Statement("SELECT count(*) AS count FROM pg_prepared_statements"))
    assert 0 < found["count"] < MAX_PREPARED
