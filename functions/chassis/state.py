"""The state store: what an instance at zero would forget and the record need not know. Dapr's, or a table."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, delete, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from functions.chassis.clock import Clock
from functions.chassis.database import Database, DatabaseUnavailableError


class StateUnavailableError(Exception):
    """The state store cannot be reached: go on without it."""


class StateConflictError(Exception):
    """Somebody else wrote the key since it was read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON value, and the tag that says which writing of it this is."""

    value: Any
    etag: str


class State(Protocol):
    """Keys and JSON values, each with a time to live."""

    def get(self, key: str) -> Entry | None:
        """Return what is kept under a key; raises :class:`StateUnavailableError`."""
        ...

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Keep a value; raises :class:`StateConflictError` where ``etag`` is not the newest, or it is not the first."""
        ...

    def delete(self, key: str) -> None:
        """Forget a key."""
        ...


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
    """A table that every role sees its own rows of."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: str) -> Entry | None:
        """Return what is kept under a key and has not expired."""
        wanted = select(_entries.c.value, _entries.c.etag).where(
            _entries.c.key == key, _entries.c.expires_at > self._clock()
        )
        try:
            with self._database.transaction() as connection:
                row = connection.execute(wanted).first()
        except DatabaseUnavailableError as error:
            raise StateUnavailableError from error
        return Entry(row.value, str(row.etag)) if row else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Keep a value; an expired one is as good as none."""
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
            with self._database.transaction() as connection:
                if connection.execute(statement).rowcount == 0:
                    raise StateConflictError(key)
        except DatabaseUnavailableError as error:
            raise StateUnavailableError from error

    def delete(self, key: str) -> None:
        """Forget a key."""
        try:
            with self._database.transaction() as connection:
                connection.execute(delete(_entries).where(_entries.c.key == key))
        except DatabaseUnavailableError as error:
            raise StateUnavailableError from error


def open_state(url: str, database: Database, clock: Clock) -> State:
    """Return the state store at ``postgresql:`` (the function's own database) or ``dapr://store``."""
    parts = urlsplit(url)
    if parts.scheme == "dapr":
        from functions.chassis.dapr_state import DaprState  # noqa: PLC0415 - the SDK's import costs a third of a second

        return DaprState(parts.netloc)
    return PostgresState(database, clock)
