"""The state store behind a Dapr sidecar."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from functions.chassis.runtime import dapr_sidecar
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError

_ROUNDS: Final = 10
"""How often a write without a condition tries to be the last one."""


class DaprState:
    """A Dapr state component, which may be any: they agree on what is written, not on how they say no.

    To a first write over another one, some answer ABORTED and some INTERNAL. Redis calls whatever goes wrong with an
    ETag a mismatch, even that it is down, and takes no write without an ETag over one that was a first. So every write
    here names what it replaces, and after a refusal the key is read again: only if it has changed was that the reason.
    As sidecars also count refusals towards their circuit breakers, a write that is known to be refused is not sent.
    """

    def __init__(self, store: str) -> None:
        self._store = store

    def get(self, key: str) -> StateEntry | None:
        """Return what is kept under a key."""
        with _translated():
            value, etag = dapr_sidecar.get_state(self._store, key)
        return StateEntry(json.loads(value), etag) if value else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:
        """Keep a value for ``ttl``, in whole seconds and at least one."""
        seconds = max(1, int(ttl.total_seconds()))
        encoded = json.dumps(value).encode()
        with _translated():
            found = self._etag(key)
            for _ in range(_ROUNDS):
                if (first and found) or (etag is not None and etag != found):
                    raise StateConflictError(key)
                try:
                    dapr_sidecar.save_state(self._store, key, encoded, etag=found, ttl_seconds=seconds)
                except dapr_sidecar.DaprRefusedError:
                    expected, found = found, self._etag(key)
                    if found == expected:
                        raise
                else:
                    return
        raise StateUnavailableError

    def delete(self, key: str) -> None:
        """Forget a key."""
        with _translated():
            dapr_sidecar.delete_state(self._store, key)

    def _etag(self, key: str) -> str:
        """Return the tag of what is kept under a key, empty where there is nothing."""
        _, etag = dapr_sidecar.get_state(self._store, key)
        return etag


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except dapr_sidecar.DaprUnavailableError as error:
        raise StateUnavailableError from error
