"""The state store: one set of promises, kept by the table and by Dapr alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from functions.chassis.adapters import open_state_store
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.state_store import StateConflictError, StateStore, StateUnavailableError
from tests.daprd import Daprd
from tests.database import TestDatabase
from tests.functions import ManualClock

HOUR = timedelta(hours=1)
BACK_ENDS = ["postgresql:", "dapr://memory", "dapr://postgresql", "dapr://redis"]


@pytest.fixture(params=BACK_ENDS)
def state(
    request: pytest.FixtureRequest,
    database: TestDatabase,
    clock: ManualClock,
    daprd: Daprd,  # noqa: ARG001 - three of the back ends are behind it
) -> Iterator[StateStore]:
    """Open each back end in turn, empty."""
    database.run("DELETE FROM state.entries")
    connected = Database(database.url_of("tasks"), threads=2)
    yield open_state_store(request.param, connected, clock)
    connected.close()


def test_nothing_is_kept_under_a_new_key(state: StateStore) -> None:
    """A key that nobody wrote has no entry."""
    assert state.get("nobody/wrote-this") is None


@pytest.mark.parametrize("value", [{"a": [1, None, "ü"]}, "text", 3.5, [], None])
def test_what_is_put_can_be_got(state: StateStore, value: object) -> None:
    """Any JSON value comes back as it was."""
    state.put("key", value, ttl=HOUR)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == value


def test_the_last_writer_wins_unless_asked_otherwise(state: StateStore) -> None:
    """Without a condition a value replaces the one before, under another tag."""
    state.put("key", 1, ttl=HOUR)
    before = state.get("key")
    state.put("key", 2, ttl=HOUR)
    after = state.get("key")
    assert before is not None
    assert after is not None
    assert (after.value, after.etag != before.etag) == (2, True)


def test_a_stale_tag_is_a_conflict(state: StateStore) -> None:
    """Whoever writes what they read, and was overtaken, is told."""
    state.put("key", 1, ttl=HOUR)
    before = state.get("key")
    assert before is not None
    state.put("key", 2, ttl=HOUR, etag=before.etag)
    with pytest.raises(StateConflictError):
        state.put("key", 3, ttl=HOUR, etag=before.etag)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == 2


def test_of_two_first_writers_one_wins(state: StateStore) -> None:
    """``first`` is a lock: the second is told."""
    state.put("key", "mine", ttl=HOUR, first=True)
    with pytest.raises(StateConflictError):
        state.put("key", "also mine", ttl=HOUR, first=True)


def test_a_first_writing_can_be_replaced_by_any_later_one(state: StateStore) -> None:
    """What was written first is replaced with its tag, and without a condition."""
    state.put("key", 1, ttl=HOUR, first=True)
    first = state.get("key")
    assert first is not None
    state.put("key", 2, ttl=HOUR, etag=first.etag)
    state.put("key", 3, ttl=HOUR)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == 3


def test_of_many_first_writers_at_once_one_wins(state: StateStore) -> None:
    """``first`` holds under a race as well."""

    def attempt(number: int) -> bool:
        try:
            state.put("key", number, ttl=HOUR, first=True)
        except StateConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


def test_what_has_expired_is_gone(state: StateStore, clock: ManualClock) -> None:
    """After its time an entry is as good as none, and may be written first again."""
    state.put("key", 1, ttl=HOUR, first=True)
    clock.forward(hours=1)
    assert state.get("key") is None
    state.put("key", 2, ttl=HOUR, first=True)


def test_what_is_deleted_is_gone(state: StateStore) -> None:
    """Deleting is final, and harmless where there is nothing."""
    state.put("key", 1, ttl=HOUR)
    state.delete("key")
    state.delete("key")
    assert state.get("key") is None


@pytest.mark.parametrize("url", BACK_ENDS)
def test_a_store_that_is_down_says_so(url: str, clock: ManualClock, daprd: Daprd) -> None:
    """Every call to a store that is down raises the one error that callers go on without."""
    daprd.down = True
    nowhere = Database("postgresql+pg8000://x:y@/z?unix_sock=/nowhere/.s.PGSQL.5432", threads=1)
    state = open_state_store(url, nowhere, clock)
    with pytest.raises(StateUnavailableError):
        state.get("key")
    with pytest.raises(StateUnavailableError):
        state.put("key", 1, ttl=HOUR)
    with pytest.raises(StateUnavailableError):
        state.delete("key")


def test_roles_do_not_share_keys(database: TestDatabase, clock: ManualClock) -> None:
    """In the table each role has keys of its own."""
    first, second = (Database(database.url_of(domain), threads=1) for domain in ("tasks", "reminders"))
    open_state_store("postgresql:", first, clock).put("private", 1, ttl=HOUR)
    assert open_state_store("postgresql:", second, clock).get("private") is None
    first.close()
    second.close()
