"""The state store behind a Dapr sidecar."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from functions.chassis import dapr
from functions.chassis.state import Entry, StateConflictError, StateUnavailableError


class DaprState:
    """A Dapr state component. Functions that share keys need it to have a ``keyPrefix`` of its own."""

    def __init__(self, store: str) -> None:
        self._store = store

    def get(self, key: str) -> Entry | None:
        """Return what is kept under a key."""
        with _translated(key):
            value, etag = dapr.get_state(self._store, key)
        return Entry(json.loads(value), etag) if value else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Keep a value for ``ttl``, in whole seconds and at least one."""
        seconds = max(1, int(ttl.total_seconds()))
        with _translated(key):
            encoded = json.dumps(value).encode()
            dapr.save_state(self._store, key, encoded, etag=etag, first_write=first, ttl_seconds=seconds)

    def delete(self, key: str) -> None:
        """Forget a key."""
        with _translated(key):
            dapr.delete_state(self._store, key)


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except dapr.DaprConflictError as error:
        raise StateConflictError(key) from error
    except dapr.DaprUnavailableError as error:
        raise StateUnavailableError from error
