"""The database: a small pool of pg8000 connections, short transactions, and one error if PostgreSQL is unavailable."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from functions.postgresql import CONNECT_SECONDS, create_postgresql_engine

# Class 08: connection exceptions; 57P01-57P03: shutdown, crash, starting; 53: out of connections, memory, disk.
_DOWN = ("08", "57P0", "53")
# Serialization failure, deadlock, lock not available, statement cancelled by its time-out: another try may succeed.
_BUSY = ("40001", "40P01", "55P03", "57014")


class DatabaseUnavailableError(Exception):
    """The database is unreachable or busy. Nothing was changed, and the same transaction may succeed later."""


class Database:
    """The connections of one database role at a URL as in :func:`functions.postgresql.create_postgresql_engine`.

    The pool holds at most ``threads`` connections. Connections open on first use.
    """

    def __init__(self, url: str, *, threads: int) -> None:
        self._engine = create_postgresql_engine(
            url,
            pool_size=threads,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,
            pool_recycle=300,
        )

    @property
    def connections_in_use(self) -> int:
        """The number of connections that are checked out of the pool."""
        return self._engine.pool.checkedout()  # type: ignore[attr-defined,no-any-return] # QueuePool has it

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run one transaction; raises :class:`DatabaseUnavailableError` if the database is unreachable or busy."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OSError, PoolTimeoutError, InterfaceError, OperationalError) as error:
            raise DatabaseUnavailableError("the database") from error
        except DBAPIError as error:
            if error.connection_invalidated or _sqlstate(error).startswith(_DOWN + _BUSY):
                raise DatabaseUnavailableError("the database") from error
            raise

    def ping(self) -> None:
        """Run a query that needs no table; raises :class:`DatabaseUnavailableError`."""
        with self.transaction() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()


def _sqlstate(error: DBAPIError) -> str:
    """Return PostgreSQL's five-character error code, or an empty string if the error has none."""
    detail: Any = error.orig.args[0] if error.orig and error.orig.args else None
    return str(detail.get("C", "")) if isinstance(detail, dict) else ""
