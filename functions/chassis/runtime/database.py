"""PostgreSQL: a small pool over pg8000, short transactions, and one error for "it is down"."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from functions.postgresql import CONNECT_SECONDS, engine_at

# Class 08: connection exceptions; 57P01-57P03: shutdown, crash, starting; 53: out of connections, memory, disk.
_DOWN = ("08", "57P0", "53")
# Serialization failure, deadlock, lock not available, statement cancelled by its time-out: another try may pass.
_BUSY = ("40001", "40P01", "55P03", "57014")


class DatabaseUnavailableError(Exception):
    """The database cannot be reached, or is busy: nothing was changed, and the same request may pass later."""


class Database:
    """One role's connections. The pool is never larger than the instance's threads, and opens none until asked."""

    def __init__(self, url: str, *, threads: int) -> None:
        self._engine = engine_at(
            url,
            pool_size=threads,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,
            pool_recycle=300,
        )

    @property
    def engine(self) -> Engine:
        """The pool itself, for a state store that shares it."""
        return self._engine

    @property
    def connections_in_use(self) -> int:
        """How many connections are checked out."""
        return self._engine.pool.checkedout()  # type: ignore[attr-defined,no-any-return] # QueuePool has it

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run one transaction; raises :class:`DatabaseUnavailableError` where the database cannot carry it out."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OSError, PoolTimeoutError, InterfaceError, OperationalError) as error:
            raise DatabaseUnavailableError("the database") from error
        except DBAPIError as error:
            if error.connection_invalidated or sqlstate(error).startswith(_DOWN + _BUSY):
                raise DatabaseUnavailableError("the database") from error
            raise

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        with self.transaction() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()


def sqlstate(error: DBAPIError) -> str:
    """Return PostgreSQL's five-character error code, or nothing where the error has none."""
    detail: Any = error.orig.args[0] if error.orig and error.orig.args else None
    return str(detail.get("C", "")) if isinstance(detail, dict) else ""
