"""Tests of transactions on a real PostgreSQL: exchanges, errors, lost connections and prepared statements."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.runtime.pipelined_connection import Call, PipelinedConnection
from functions.chassis.runtime.statement import Statement, encode_array
from functions.postgresql import connect_postgresql
from tests.database import TestDatabase
from tests.exchanges import count_exchanges

STORE = Statement("INSERT INTO reminders.seen (task_id, version, deleted) VALUES (:id, :version, false)")
FIND = Statement("SELECT version FROM reminders.seen WHERE task_id = :id")
COUNT = Statement("SELECT count(*) AS count FROM reminders.seen")
DIVIDE = Statement("SELECT 1 / :by::int AS result")
ONE = "0195a000-0000-7000-8000-000000000001"
TWO = "0195a000-0000-7000-8000-000000000002"


@pytest.fixture
def db(database: TestDatabase) -> Iterator[Database]:
    """A database role with two connections, and an empty table."""
    database.run("TRUNCATE reminders.seen")
    opened = Database(database.url_of("reminders"), threads=2)
    yield opened
    opened.close()


@pytest.fixture
def exchanges() -> Iterator[list[list[str]]]:
    """The exchanges of the test."""
    with count_exchanges() as counted:
        yield counted


def kill_connections(database: TestDatabase) -> None:
    """End the sessions of the role, as a restart of PostgreSQL does, and wait until they have ended."""
    database.rows("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE usename = 'todo_reminders'")


def test_a_transaction_that_reads_and_writes_needs_two_exchanges(db: Database, exchanges: list[list[str]]) -> None:
    """BEGIN is sent with the first read, and COMMIT with the writes."""
    with db.transaction() as transaction:
        assert transaction.fetch_first(FIND, id=ONE) is None
        transaction.enqueue(STORE, id=ONE, version=1)
        transaction.enqueue(STORE, id=TWO, version=2)
    assert exchanges == [["BEGIN", FIND.sql], [STORE.sql, STORE.sql, "COMMIT"]]
    assert db.fetch_all(COUNT) == [{"count": 2}]


def test_two_reads_share_an_exchange(db: Database, exchanges: list[list[str]]) -> None:
    """A result that is read later belongs to its own statement."""
    db.run(STORE, id=ONE, version=7)
    exchanges.clear()
    with db.transaction() as transaction:
        first = transaction.enqueue(FIND, id=ONE)
        assert transaction.fetch_value(COUNT) == 1
        assert (first.rows, first.count) == ([{"version": 7}], 1)
    assert len(exchanges) == 2


def test_an_unused_transaction_sends_nothing(db: Database, exchanges: list[list[str]]) -> None:
    """A BEGIN without statements would cost an exchange."""
    with db.transaction():
        pass
    assert exchanges == []


def test_nothing_of_a_failed_exchange_is_committed(db: Database) -> None:
    """The error of the first statement that failed is raised, and PostgreSQL refuses the COMMIT behind it."""
    with pytest.raises(DatabaseError, match="division by zero"), db.transaction() as transaction:  # noqa: PT012 - the block is the test
        transaction.enqueue(STORE, id=ONE, version=1)
        transaction.enqueue(DIVIDE, by=0)
        transaction.enqueue(STORE, id=TWO, version=1)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_an_error_in_the_block_rolls_back(db: Database) -> None:
    """What was sent before is undone, and the connection can be used again."""
    with pytest.raises(KeyError), db.transaction() as transaction:  # noqa: PT012 - the block is the test
        transaction.run(STORE, id=ONE, version=1)
        raise KeyError
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_an_error_that_the_block_ignores_is_not_committed_silently(db: Database) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK. The caller gets an error."""
    with pytest.raises(DatabaseUnavailableError), db.transaction() as transaction:  # noqa: PT012 - the block is the test
        transaction.enqueue(STORE, id=ONE, version=1)
        with pytest.raises(DatabaseError):
            transaction.fetch_value(DIVIDE, by=0)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_the_commit_waits_for_checks(db: Database) -> None:
    """A check that raises leaves no effect, also if nothing was read before the commit."""

    def refuse(count: int) -> None:
        raise LookupError(count)

    with pytest.raises(LookupError, match="1"), db.transaction() as transaction:
        transaction.enqueue_checked(STORE, refuse, id=ONE, version=1)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_a_check_that_the_block_ignores_is_not_committed(db: Database) -> None:
    """PostgreSQL knows no error, and would commit what was sent together with the checked statement."""

    def refuse(count: int) -> None:
        raise LookupError(count)

    with pytest.raises(DatabaseUnavailableError), db.transaction() as transaction:  # noqa: PT012 - the block is the test
        transaction.enqueue_checked(STORE, refuse, id=ONE, version=1)
        with pytest.raises(LookupError):
            transaction.fetch_value(COUNT)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_a_connection_that_broke_is_not_used_again(database: TestDatabase) -> None:
    """Otherwise the next exchange, such as a ROLLBACK, would read the rest of the responses as its own."""
    connection = PipelinedConnection(connect_postgresql(database.url_of("reminders")))
    unreadable = Call(Statement("SELECT repeat('9', 5000)::jsonb AS number"), [])
    try:
        with pytest.raises(ValueError, match="digits"):
            connection.exchange([unreadable, Call(COUNT, [])])
        with pytest.raises(InterfaceError):
            connection.exchange([Call(COUNT, [])])
        assert not connection.is_usable
    finally:
        connection.close()


def test_a_statement_that_failed_first_can_succeed_later(db: Database) -> None:
    """The server keeps the prepared statement although its first run failed."""
    for _ in range(2):
        with pytest.raises(DatabaseError, match="division by zero"):
            db.fetch_all(DIVIDE, by=0)
    assert db.fetch_all(DIVIDE, by=1) == [{"result": 1}]


def test_a_statement_may_occur_twice_in_its_first_exchange(db: Database) -> None:
    """It is prepared once."""
    with db.transaction() as transaction:
        results = [transaction.enqueue(DIVIDE, by=1), transaction.enqueue(DIVIDE, by=-1)]
        assert [result.rows for result in results] == [[{"result": 1}], [{"result": -1}]]


def test_a_connection_that_the_server_closed_is_replaced(db: Database, database: TestDatabase) -> None:
    """A restart of PostgreSQL between two transactions is not noticed."""
    db.ping()
    kill_connections(database)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_a_connection_that_breaks_in_a_transaction_is_reported(db: Database, database: TestDatabase) -> None:
    """Nothing was changed, and the next transaction gets a new connection."""
    with pytest.raises(DatabaseUnavailableError), db.transaction() as transaction:  # noqa: PT012 - the block is the test
        transaction.run(STORE, id=ONE, version=1)
        kill_connections(database)
        transaction.run(STORE, id=TWO, version=1)
    assert db.fetch_all(COUNT) == [{"count": 0}]


def test_a_changed_result_of_a_prepared_statement_is_a_delay(db: Database, database: TestDatabase) -> None:
    """After a migration changed a column's type, the statement is prepared again."""
    everything = Statement("SELECT * FROM reminders.seen")
    assert db.fetch_all(everything) == []
    database.run("ALTER TABLE reminders.seen ADD COLUMN more integer")
    try:
        with pytest.raises(DatabaseUnavailableError):
            db.fetch_all(everything)
        assert db.fetch_all(everything) == []
    finally:
        database.run("ALTER TABLE reminders.seen DROP COLUMN more")


def test_a_full_pool_waits_and_then_reports(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third transaction of two connections waits for a free one, for a limited time."""
    monkeypatch.setattr("functions.chassis.runtime.connection_pool.CONNECT_SECONDS", 0.05)
    with db.transaction(), db.transaction():
        assert db.connections_in_use == 2
        with pytest.raises(DatabaseUnavailableError):
            db.ping()
    db.ping()
    assert db.connections_in_use == 0


def test_threads_share_the_pool(db: Database) -> None:
    """Eight threads with two connections store every row once."""

    def store(number: int) -> None:
        with db.transaction() as transaction:
            transaction.enqueue(STORE, id=f"0195a000-0000-7000-8000-{number:012d}", version=number)

    threads = [threading.Thread(target=store, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.fetch_all(COUNT) == [{"count": 8}]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02 12:00:00+00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02 12:00:00.120000+05:30", datetime(2026, 3, 2, 6, 30, 0, 120_000, tzinfo=UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
        ("infinity", "infinity"),
    ],
)
def test_times_are_read(db: Database, text: str, moment: object) -> None:
    """Times are aware; a time that Python does not have is text."""
    assert db.fetch_all(Statement("SELECT :text::timestamptz AS moment"), text=text) == [{"moment": moment}]


def test_arrays_and_json_reach_postgresql_unchanged(db: Database) -> None:
    """Special characters included."""
    texts = ['a"b', "c\\d", "e,{f}", "", "NULL", "ä🎂"]
    statement = Statement("SELECT :texts::text[] AS texts, :document::jsonb AS document")
    [row] = db.fetch_all(statement, texts=encode_array(texts), document={"a": texts})
    assert row == {"texts": texts, "document": {"a": texts}}
