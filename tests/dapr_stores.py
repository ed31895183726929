"""What Dapr 1.18's state components answer, each in its own way: as daprd 1.18.1 and its sources show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from grpc import StatusCode

_SECONDS_OF_NO_TTL = 10**9


class RefusedError(Exception):
    """A component says no, with a code and a text."""

    def __init__(self, code: StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Write:
    """A request to save: ``etag`` is empty where none was given, ``first`` where Dapr's first-write was asked for."""

    key: str
    value: bytes
    etag: str
    first: bool
    seconds: int = _SECONDS_OF_NO_TTL


@dataclass(frozen=True)
class Kept:
    """What is kept under a key. Redis remembers that it was a first write, for as long as the key lives."""

    value: bytes
    etag: str
    expires: datetime
    was_first: bool


class Store(Protocol):
    """A state component."""

    down: bool

    def get(self, key: str) -> Kept | None:
        """Return what is kept and has not expired; raises :class:`RefusedError`."""
        ...

    def save(self, write: Write) -> None:
        """Keep a value; raises :class:`RefusedError`."""
        ...

    def delete(self, key: str) -> None:
        """Forget a key; raises :class:`RefusedError`."""
        ...


class Memory:
    """``state.in-memory``: every conflict is an ETag's, and ABORTED."""

    conflict = StatusCode.ABORTED
    conflict_with_etag = StatusCode.ABORTED
    failure_with_etag = StatusCode.INTERNAL

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.down = False
        self._clock = clock
        self._kept: dict[str, Kept] = {}

    def get(self, key: str) -> Kept | None:
        """Return what is kept and has not expired."""
        if self.down:
            raise RefusedError(StatusCode.INTERNAL, f"fail to get {key}: connection refused")
        kept = self._kept.get(key)
        return kept if kept and kept.expires > self._clock() else None

    def save(self, write: Write) -> None:
        """Keep a value where the component's rule allows it."""
        if self.down:
            raise RefusedError(
                self.failure_with_etag if write.etag else StatusCode.INTERNAL, "failed saving state: connection refused"
            )
        kept = self.get(write.key)
        if not self._allows(write, kept):
            raise RefusedError(self.conflict_with_etag if write.etag else self.conflict, "failed saving state")
        was_first = write.first or bool(kept and kept.was_first)
        expires = self._clock() + timedelta(seconds=write.seconds)
        self._kept[write.key] = Kept(write.value, self._next(kept), expires, was_first)

    def delete(self, key: str) -> None:
        """Forget a key."""
        if self.down:
            raise RefusedError(self.failure_with_etag, f"failed deleting state with key {key}: connection refused")
        self._kept.pop(key, None)

    def _allows(self, write: Write, kept: Kept | None) -> bool:
        if write.etag:
            return kept is not None and kept.etag == write.etag
        return not (write.first and kept)

    def _next(self, _kept: Kept | None) -> str:
        return str(uuid4())


class Postgresql(Memory):
    """``state.postgresql`` v2: a first write over another is "no item was updated", and INTERNAL."""

    conflict = StatusCode.INTERNAL


class Redis(Memory):
    """``state.redis``: numbered writings, ETags looked at for first-write only, and few words for what went wrong."""

    conflict = StatusCode.INTERNAL
    failure_with_etag = StatusCode.ABORTED

    def save(self, write: Write) -> None:
        """Keep a value; an ETag that is no number is not understood."""
        if write.etag and write.first and not write.etag.isdigit():
            raise RefusedError(StatusCode.INVALID_ARGUMENT, "invalid etag value")
        super().save(write)

    def _allows(self, write: Write, kept: Kept | None) -> bool:
        """Take anything where there is nothing, and nothing without its number over what once was a first write."""
        number = write.etag if write.first and write.etag else "0"
        return kept is None or kept.etag == number or (number == "0" and not kept.was_first)

    def _next(self, kept: Kept | None) -> str:
        return str(int(kept.etag) + 1 if kept else 1)
