"""The state store in a PostgreSQL table, for platforms without Dapr."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, delete, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError

_entries = Table(
    "entries",
    MetaData(schema="state"),
    Column("owner", Text, primary_key=True, server_default=func.current_user()),
    Column("key", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("etag", Uuid, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)


class PostgresState:
    """Stores values in a table; each database role sees only its own rows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key, or None; an expired value counts as absent."""
        wanted = select(_entries.c.value, _entries.c.etag).where(
            _entries.c.key == key, _entries.c.expires_at > self._clock()
        )
        try:
            with self._database.transaction() as transaction:
                connection = transaction.core
                row = connection.execute(wanted).first()
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error
        return StateEntry(row.value, str(row.etag)) if row else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Store a value; an expired value counts as absent."""
        now = self._clock()
        row = {"key": key, "value": value, "etag": uuid4(), "expires_at": now + ttl}
        replaceable = _entries.c.expires_at <= now
        if etag is not None:
            replaceable = or_(replaceable, _entries.c.etag == UUID(etag))
        statement = insert(_entries).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=["owner", "key"],
            set_={name: statement.excluded[name] for name in ("value", "etag", "expires_at")},
            where=replaceable if first or etag is not None else None,
        )
        try:
            with self._database.transaction() as transaction:
                connection = transaction.core
                if connection.execute(statement).rowcount == 0:
                    raise StateConflictError(key)
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error

    def delete(self, key: str) -> None:
        """Delete a key, if it exists."""
        try:
            with self._database.transaction() as transaction:
                connection = transaction.core
                connection.execute(delete(_entries).where(_entries.c.key == key))
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error
