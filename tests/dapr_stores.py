"""Stand-ins for the state components of Dapr 1.18, with the errors that daprd 1.18.1 and its sources show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from grpc import StatusCode

_NO_TTL_SECONDS = 10**9


class RejectedWriteError(Exception):
    """A component answers with an error: a gRPC code and a text."""

    def __init__(self, code: StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class StateWrite:
    """A request to save. ``etag`` may be empty; ``first`` is Dapr's concurrency mode "first-write"."""

    key: str
    value: bytes
    etag: str
    first: bool
    seconds: int = _NO_TTL_SECONDS


@dataclass(frozen=True)
class StoredValue:
    """The value of a key. Redis remembers until the key expires that it was stored by a first write."""

    value: bytes
    etag: str
    expires: datetime
    was_first: bool


class StateComponent(Protocol):
    """A state component."""

    down: bool

    def get(self, key: str) -> StoredValue | None:
        """Return a value that has not expired; raises :class:`RejectedWriteError`."""
        ...

    def save(self, write: StateWrite) -> None:
        """StateComponent a value; raises :class:`RejectedWriteError`."""
        ...

    def delete(self, key: str) -> None:
        """Delete a key; raises :class:`RejectedWriteError`."""
        ...


class MemoryComponent:
    """``state.in-memory`` answers every conflict with ABORTED."""

    conflict = StatusCode.ABORTED
    conflict_with_etag = StatusCode.ABORTED
    failure_with_etag = StatusCode.INTERNAL

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.down = False
        self._clock = clock
        self._values: dict[str, StoredValue] = {}

    def get(self, key: str) -> StoredValue | None:
        """Return a value that has not expired."""
        if self.down:
            raise RejectedWriteError(StatusCode.INTERNAL, f"fail to get {key}: connection refused")
        value = self._values.get(key)
        return value if value and value.expires > self._clock() else None

    def save(self, write: StateWrite) -> None:
        """StateComponent a value if the component's rule allows it."""
        if self.down:
            raise RejectedWriteError(
                self.failure_with_etag if write.etag else StatusCode.INTERNAL, "failed saving state: connection refused"
            )
        current = self.get(write.key)
        if not self._allows(write, current):
            raise RejectedWriteError(self.conflict_with_etag if write.etag else self.conflict, "failed saving state")
        was_first = write.first or bool(current and current.was_first)
        expires = self._clock() + timedelta(seconds=write.seconds)
        self._values[write.key] = StoredValue(write.value, self._next_etag(current), expires, was_first)

    def delete(self, key: str) -> None:
        """Delete a key."""
        if self.down:
            raise RejectedWriteError(
                self.failure_with_etag, f"failed deleting state with key {key}: connection refused"
            )
        self._values.pop(key, None)

    def _allows(self, write: StateWrite, current: StoredValue | None) -> bool:
        if write.etag:
            return current is not None and current.etag == write.etag
        return not (write.first and current)

    def _next_etag(self, _current: StoredValue | None) -> str:
        return str(uuid4())


class PostgresqlComponent(MemoryComponent):
    """``state.postgresql`` v2 answers a first write over an existing value with INTERNAL ("no item was updated")."""

    conflict = StatusCode.INTERNAL


class RedisComponent(MemoryComponent):
    """``state.redis`` numbers its writes, checks ETags only for first-write, and reports every failure alike."""

    conflict = StatusCode.INTERNAL
    failure_with_etag = StatusCode.ABORTED

    def save(self, write: StateWrite) -> None:
        """StateComponent a value; an ETag must be a number."""
        if write.etag and write.first and not write.etag.isdigit():
            raise RejectedWriteError(StatusCode.INVALID_ARGUMENT, "invalid etag value")
        super().save(write)

    def _allows(self, write: StateWrite, current: StoredValue | None) -> bool:
        """Allow any write to a missing key; over a first write, allow only a write with its number."""
        number = write.etag if write.first and write.etag else "0"
        return current is None or current.etag == number or (number == "0" and not current.was_first)

    def _next_etag(self, current: StoredValue | None) -> str:
        return str(int(current.etag) + 1 if current else 1)
