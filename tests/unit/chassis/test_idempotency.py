"""The same request twice is answered twice and done once, whatever becomes of the state store."""

from datetime import timedelta

import pytest

from functions.chassis.http.idempotency import (
    Begun,
    Replay,
    abandon,
    begin,
    checked,
    complete,
)
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError
from tests.samples import NOON


class MemoryState:
    """A state store in memory; time stands still in it, and ``down`` makes it fail."""

    def __init__(self) -> None:
        self.entries: dict[str, object] = {}
        self.down = False

    def get(self, key: str) -> StateEntry | None:
        """Return what is kept under a key."""
        self._check()
        return StateEntry(self.entries[key], "1") if key in self.entries else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:  # noqa: ARG002 - the store's interface
        """Keep a value."""
        self._check()
        if first and key in self.entries:
            raise StateConflictError(key)
        self.entries[key] = value

    def delete(self, key: str) -> None:
        """Forget a key."""
        self._check()
        self.entries.pop(key, None)

    def _check(self) -> None:
        if self.down:
            raise StateUnavailableError


def test_the_first_begins_and_the_next_waits() -> None:
    """While the first is in progress a repeat is told when to come again."""
    state = MemoryState()
    assert isinstance(begin(state, user="alice", key="k", digest="d", now=NOON), Begun)
    with pytest.raises(Problem, match="in progress") as refused:
        begin(state, user="alice", key="k", digest="d", now=NOON)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (409, "1")


def test_an_answer_is_replayed() -> None:
    """A repeat of what was answered has the same answer; with another request it is refused."""
    state = MemoryState()
    begun = begin(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(begun, Begun)
    complete(state, begun, status=201, headers={"ETag": '"1"'}, body={"id": 1}, now=NOON)
    assert begin(state, user="alice", key="k", digest="d", now=NOON) == Replay(201, {"ETag": '"1"'}, {"id": 1})
    with pytest.raises(Problem, match="used before with another request") as refused:
        begin(state, user="alice", key="k", digest="other", now=NOON)
    assert refused.value.status == 422


def test_an_abandoned_key_is_free_again() -> None:
    """A request that changed nothing may be sent again."""
    state = MemoryState()
    begun = begin(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(begun, Begun)
    abandon(state, begun)
    assert isinstance(begin(state, user="alice", key="k", digest="other", now=NOON), Begun)


def test_keys_belong_to_their_users() -> None:
    """Two users' same key is two keys, however their names are written."""
    state = MemoryState()
    for user, key in [("a", "b/c"), ("a/b", "c")]:
        assert isinstance(begin(state, user=user, key=key, digest="d", now=NOON), Begun)


def test_a_store_that_is_down_makes_nothing_wrong() -> None:
    """Without the store a request goes on, held by the id that its key gives what it makes."""
    state = MemoryState()
    state.down = True
    begun = begin(state, user="alice", key="k", digest="d", now=NOON)
    assert begun == Begun(None, "d")
    complete(state, Begun(None, "d"), status=201, headers={}, body=None, now=NOON)
    abandon(state, Begun(None, "d"))


def test_a_store_that_goes_down_meanwhile_makes_nothing_wrong() -> None:
    """An answer that cannot be kept, or a key that cannot be freed, is no failure of the request."""
    state = MemoryState()
    begun = begin(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(begun, Begun)
    state.down = True
    complete(state, begun, status=201, headers={}, body=None, now=NOON)
    abandon(state, begun)


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    """A key is 1 to 255 visible ASCII characters."""
    with pytest.raises(Problem, match="idempotency-key"):
        checked(key)
    assert checked("8e03978e-40d5-43dd-bc93-6894a57f9324")
