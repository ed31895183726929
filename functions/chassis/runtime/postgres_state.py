"""The state store in a PostgreSQL table, for platforms without Dapr."""

import json
from datetime import timedelta
from uuid import uuid4

from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import Transaction

_FIND = Statement("SELECT value, etag FROM state.entries WHERE key = :key AND expires_at > :now")
_PUT = Statement(
    "INSERT INTO state.entries (key, value, etag, expires_at) VALUES (:key, :value::jsonb, :etag, :expires_at)"
    " ON CONFLICT (owner, key) DO UPDATE"
    " SET value = excluded.value, etag = excluded.etag, expires_at = excluded.expires_at"
    " WHERE :overwrites::boolean OR entries.expires_at <= :now OR entries.etag = :expected::uuid"
)
_DELETE = Statement("DELETE FROM state.entries WHERE key = :key")


class PostgresState:
    """Stores values in a table; each database role sees only its own rows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key, or None; an expired value counts as absent."""
        try:
            row = self._database.fetch_first(_FIND, key=key, now=self._clock())
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error
        return StateEntry(row["value"], str(row["etag"])) if row else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Store a value; an expired value counts as absent."""
        row = self._make_row(key, value, ttl)
        try:
            stored = self._database.run(_PUT, **row, overwrites=etag is None and not first, expected=etag)
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error
        if stored == 0:
            raise StateConflictError(key)

    def put_within(self, transaction: Transaction, key: str, value: object, *, ttl: timedelta) -> bool:
        """Store a value together with the rows of a transaction; return True."""
        transaction.enqueue(_PUT, **self._make_row(key, value, ttl), overwrites=True, expected=None)
        return True

    def delete(self, key: str) -> None:
        """Delete a key, if it exists."""
        try:
            self._database.run(_DELETE, key=key)
        except DatabaseUnavailableError as error:
            raise StateUnavailableError(str(error)) from error

    def _make_row(self, key: str, value: object, ttl: timedelta) -> dict[str, object]:
        now = self._clock()
        return {"key": key, "value": json.dumps(value), "etag": uuid4(), "expires_at": now + ttl, "now": now}
