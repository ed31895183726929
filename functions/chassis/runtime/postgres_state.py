"""The state store in a PostgreSQL table, for platforms without Dapr."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError
from functions.chassis.runtime.statement import Statement, encode_json
from functions.chassis.runtime.transaction import Transaction

_FIND = Statement("SELECT value, etag FROM state.entries WHERE key = :key AND expires_at > :now")
_PUT_TEXT = (
    "INSERT INTO state.entries AS entry (key, value, etag, expires_at)"
    " VALUES (:key, :value::jsonb, :new_etag, :expires_at)"
    " ON CONFLICT (owner, key) DO UPDATE"
    " SET value = excluded.value, etag = excluded.etag, expires_at = excluded.expires_at"
)
_PUT = Statement(_PUT_TEXT)
_REPLACE = Statement(f"{_PUT_TEXT} WHERE entry.expires_at <= :now OR entry.etag = :replaced::uuid")
_DELETE = Statement("DELETE FROM state.entries WHERE key = :key")


class PostgresState:
    """Stores values in a table; each database role sees only its own rows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key, or None; an expired value counts as absent."""
        with _translate_errors():
            row = self._database.fetch_first(_FIND, key=key, now=self._clock())
        return StateEntry(row["value"], str(row["etag"])) if row else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Store a value; an expired value counts as absent."""
        values = self._encode(key, value, ttl)
        with _translate_errors():
            if not first and etag is None:
                self._database.run(_PUT, **values)
                return
            replaced = None if etag is None else UUID(etag)
            if self._database.run(_REPLACE, **values, now=self._clock(), replaced=replaced) == 0:
                raise StateConflictError(key)

    def put_within(self, transaction: Transaction, key: str, value: object, *, ttl: timedelta) -> bool:
        """Store a value together with the rows of a transaction; return True."""
        transaction.enqueue(_PUT, **self._encode(key, value, ttl))
        return True

    def delete(self, key: str) -> None:
        """Delete a key, if it exists."""
        with _translate_errors():
            self._database.run(_DELETE, key=key)

    def _encode(self, key: str, value: object, ttl: timedelta) -> dict[str, Any]:
        return {"key": key, "value": encode_json(value), "new_etag": uuid4(), "expires_at": self._clock() + ttl}


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailableError as error:
        raise StateUnavailableError(str(error)) from error
