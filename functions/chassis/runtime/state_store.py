"""The port of the state store: where a function stores values that outlive its instances, for a limited time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from functions.chassis.runtime.transaction import Transaction


class StateUnavailableError(Exception):
    """The state store is unreachable. Callers continue without it. The message holds the store's error."""


class StateConflictError(Exception):
    """Another writer has changed the key since it was read. The message holds the key."""


@dataclass(frozen=True, slots=True)
class StateEntry:
    """A JSON value, and the ETag of the write that stored it."""

    value: Any
    etag: str


class StateStore(Protocol):
    """Stores JSON values under keys, each with a time to live."""

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key, or None; raises :class:`StateUnavailableError`."""
        ...

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Store a value for ``ttl``; raises :class:`StateConflictError` and :class:`StateUnavailableError`.

        It is a conflict if ``etag`` is given and is not the key's current one, or if ``first`` is True and the key
        has a value. Without both, the value is replaced.
        """
        ...

    def put_within(self, transaction: Transaction, key: str, value: object, *, ttl: timedelta) -> bool:
        """Store a value for ``ttl`` when the transaction commits. Return False if this store cannot do that."""
        ...

    def delete(self, key: str) -> None:
        """Delete a key, if it exists; raises :class:`StateUnavailableError`."""
        ...
