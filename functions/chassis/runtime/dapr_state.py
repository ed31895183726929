"""The state store behind a Dapr state component."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from functions.chassis.runtime import dapr_sidecar
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError
from functions.chassis.runtime.transaction import Transaction

_MAX_TRIES: Final = 10
"""How often ``put`` tries to replace a value that other writers keep changing."""


class DaprState:
    """Stores values in a Dapr state component of any kind.

    Components store values alike but report conflicts differently. If a first write finds an existing value, some
    answer ABORTED and some INTERNAL. Redis reports every failure of a write with an ETag as a mismatch, even if Redis
    is down. Redis also rejects a write without an ETag over a value that was stored as a first write.

    So every write names the ETag that it replaces. After a rejection the key is read again: only a changed ETag is a
    conflict. A write that the component would certainly reject is not sent, because sidecars count rejections towards
    their circuit breakers.
    """

    def __init__(self, store: str) -> None:
        self._store = store

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key, or None."""
        with _translate_errors():
            value, etag = dapr_sidecar.get_state(self._store, key)
        return StateEntry(json.loads(value), etag) if value else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Store a value; Dapr rounds ``ttl`` to whole seconds, at least one."""
        seconds = max(1, int(ttl.total_seconds()))
        encoded = json.dumps(value).encode()
        with _translate_errors():
            current = self._read_etag(key)
            for _ in range(_MAX_TRIES):
                if (first and current) or (etag is not None and etag != current):
                    raise StateConflictError(key)
                try:
                    dapr_sidecar.save_state(self._store, key, encoded, etag=current, ttl_seconds=seconds)
                except dapr_sidecar.DaprRejectedError:
                    expected, current = current, self._read_etag(key)
                    if current == expected:
                        raise
                else:
                    return
        raise StateUnavailableError(f"{key} changes too often")

    def put_within(self, transaction: Transaction, key: str, value: object, *, ttl: timedelta) -> bool:  # noqa: ARG002 - the port's parameters
        """Return False: a Dapr component takes no part in a transaction of the database."""
        return False

    def delete(self, key: str) -> None:
        """Delete a key, if it exists."""
        with _translate_errors():
            dapr_sidecar.delete_state(self._store, key)

    def _read_etag(self, key: str) -> str:
        """Return the ETag of the value under a key, empty if there is no value."""
        _, etag = dapr_sidecar.get_state(self._store, key)
        return etag


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except dapr_sidecar.DaprUnavailableError as error:
        raise StateUnavailableError(str(error)) from error
