"""The database: a small pool of connections, short transactions, and one error if PostgreSQL is unavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

from pg8000.exceptions import DatabaseError, InterfaceError

from functions.chassis.runtime.connection_pool import ConnectionPool, PoolTimeoutError
from functions.chassis.runtime.pipelined_connection import Call, CallResult, PipelinedConnection
from functions.chassis.runtime.statement import Row, Statement
from functions.chassis.runtime.transaction import Transaction
from functions.postgresql import connect_postgresql

# Class 08: connection exceptions; 57P01-57P05: shutdown, crash, starting; 53: out of connections, memory, disk.
_DOWN = ("08", "57P0", "53")
# Serialization failure, deadlock, lock not available, statement cancelled by its time-out: another try may succeed.
_BUSY = ("40001", "40P01", "55P03", "57014")
# A migration changed the result of a prepared statement, or a proxy between does not know the statement.
_STALE = ("0A000", "26000", "42P05")

_UNIQUE_VIOLATION = "23505"

_PING = Statement("SELECT 1")


class DatabaseUnavailableError(Exception):
    """The database is unreachable or busy. Nothing was changed, and the same transaction may succeed later."""


class DuplicateRowError(Exception):
    """A row with the same unique value is already stored. Nothing was changed. The message names the constraint."""


class Database:
    """The connections of one database role at a URL as in :func:`functions.postgresql.connect_postgresql`.

    The pool holds at most ``threads`` connections. Connections open on first use.
    """

    def __init__(self, url: str, *, threads: int) -> None:
        self._pool = ConnectionPool(lambda: PipelinedConnection(connect_postgresql(url)), threads)

    @property
    def connections_in_use(self) -> int:
        """The number of connections that are checked out of the pool."""
        return self._pool.in_use

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run one transaction; raises :class:`DatabaseUnavailableError` if the database is unreachable or busy."""
        with self._connection() as connection:
            transaction = Transaction(connection)
            try:
                yield transaction
                transaction.commit()
            except BaseException:
                transaction.roll_back()
                raise

    def fetch_all(self, statement: Statement, **values: object) -> list[Row]:
        """Run one statement in a transaction of its own, in one exchange, and return its rows."""
        return self._run(statement, values).rows

    def fetch_first(self, statement: Statement, **values: object) -> Row | None:
        """Run one statement in a transaction of its own, and return its first row, or None."""
        rows = self._run(statement, values).rows
        return rows[0] if rows else None

    def run(self, statement: Statement, **values: object) -> int:
        """Run one statement in a transaction of its own, and return the number of rows that it changed."""
        return self._run(statement, values).row_count

    def ping(self) -> None:
        """Run a query that needs no table; raises :class:`DatabaseUnavailableError`."""
        self._run(_PING, {})

    def close(self) -> None:
        """Close every idle connection."""
        self._pool.close_idle()

    def _run(self, statement: Statement, values: dict[str, object]) -> CallResult:
        call = Call(statement, statement.encode(values))
        with self._connection() as connection:
            [result] = connection.exchange([call])
        return result

    @contextmanager
    def _connection(self) -> Iterator[PipelinedConnection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (OSError, PoolTimeoutError, InterfaceError) as error:
            raise DatabaseUnavailableError("the database") from error
        except DatabaseError as error:
            state = _sqlstate(error)
            if state.startswith(_STALE):
                self._pool.close_idle()  # other connections prepared the statement at the same time
            if state.startswith(_DOWN + _BUSY + _STALE):
                raise DatabaseUnavailableError("the database") from error
            if state == _UNIQUE_VIOLATION:
                raise DuplicateRowError(error.args[0].get("n")) from error
            raise


Connection = Database | Transaction
"""Runs statements: each in a transaction of its own, or all in one that is open."""


def _sqlstate(error: DatabaseError) -> str:
    """Return PostgreSQL's five-character error code, or an empty string if the error has none."""
    detail = error.args[0] if error.args else None
    return str(detail.get("C", "")) if isinstance(detail, dict) else ""
