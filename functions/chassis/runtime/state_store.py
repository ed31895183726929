"""The port of the state store: values with a time to live that a function at zero would otherwise forget."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


class StateUnavailableError(Exception):
    """The state store cannot be reached. Callers continue without it."""


class StateConflictError(Exception):
    """The key was written by another writer since it was read."""


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
        """Store a value for ``ttl``.

        Raises :class:`StateConflictError` if ``etag`` is given and is not the current one, or if ``first`` is True and
        the key already has a value. Raises :class:`StateUnavailableError`.
        """
        ...

    def delete(self, key: str) -> None:
        """Delete a key, if it exists; raises :class:`StateUnavailableError`."""
        ...
