"""The adapters of the state store, a table and Dapr components, behave alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from functions.chassis.adapters import open_state_store
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.state_store import StateConflictError, StateStore, StateUnavailableError
from tests.daprd import Daprd
from tests.database import TestDatabase
from tests.functions import ManualClock

HOUR = timedelta(hours=1)
STORE_URLS = ["postgresql:", "dapr://memory", "dapr://postgresql", "dapr://redis"]


@pytest.fixture(params=STORE_URLS)
def state(
    request: pytest.FixtureRequest,
    database: TestDatabase,
    clock: ManualClock,
    daprd: Daprd,  # noqa: ARG001 - three of the stores need it
) -> Iterator[StateStore]:
    """Each store in turn, empty."""
    database.run("DELETE FROM state.entries")
    tasks_database = Database(database.url_of("tasks"), threads=2)
    yield open_state_store(request.param, tasks_database, clock)
    tasks_database.close()


def test_a_new_key_has_no_entry(state: StateStore) -> None:
    """A key that was never written has no entry."""
    assert state.get("never/written") is None


@pytest.mark.parametrize("value", [{"a": [1, None, "ü"]}, "text", 3.5, [], None])
def test_a_stored_value_is_returned(state: StateStore, value: object) -> None:
    """Any JSON value is returned unchanged."""
    state.put("key", value, ttl=HOUR)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == value


def test_the_last_writer_wins_without_a_condition(state: StateStore) -> None:
    """A value replaces the previous one, and gets a new ETag."""
    state.put("key", 1, ttl=HOUR)
    before = state.get("key")
    state.put("key", 2, ttl=HOUR)
    after = state.get("key")
    assert before is not None
    assert after is not None
    assert (after.value, after.etag != before.etag) == (2, True)


def test_a_stale_etag_is_a_conflict(state: StateStore) -> None:
    """A write with the ETag of an overwritten value fails."""
    state.put("key", 1, ttl=HOUR)
    before = state.get("key")
    assert before is not None
    state.put("key", 2, ttl=HOUR, etag=before.etag)
    with pytest.raises(StateConflictError):
        state.put("key", 3, ttl=HOUR, etag=before.etag)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == 2


def test_a_second_first_write_is_a_conflict(state: StateStore) -> None:
    """``first`` works as a lock."""
    state.put("key", "mine", ttl=HOUR, first=True)
    with pytest.raises(StateConflictError):
        state.put("key", "also mine", ttl=HOUR, first=True)


def test_a_first_write_can_be_replaced(state: StateStore) -> None:
    """A first write is replaced by a write with its ETag, and by one without a condition."""
    state.put("key", 1, ttl=HOUR, first=True)
    first = state.get("key")
    assert first is not None
    state.put("key", 2, ttl=HOUR, etag=first.etag)
    state.put("key", 3, ttl=HOUR)
    entry = state.get("key")
    assert entry is not None
    assert entry.value == 3


def test_one_of_many_concurrent_first_writes_wins(state: StateStore) -> None:
    """``first`` works as a lock in a race too."""

    def attempt(number: int) -> bool:
        try:
            state.put("key", number, ttl=HOUR, first=True)
        except StateConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


def test_an_expired_value_is_absent(state: StateStore, clock: ManualClock) -> None:
    """An expired key can be written first again."""
    state.put("key", 1, ttl=HOUR, first=True)
    clock.forward(hours=1)
    assert state.get("key") is None
    state.put("key", 2, ttl=HOUR, first=True)


def test_a_deleted_value_is_absent(state: StateStore) -> None:
    """Deleting a missing key is not an error."""
    state.put("key", 1, ttl=HOUR)
    state.delete("key")
    state.delete("key")
    assert state.get("key") is None


def test_only_the_table_stores_a_value_within_a_transaction(
    state: StateStore, database: TestDatabase, request: pytest.FixtureRequest
) -> None:
    """The value is stored by the commit, and not by a transaction that rolls back."""
    is_table = request.node.callspec.params["state"] == "postgresql:"
    tasks_database = Database(database.url_of("tasks"), threads=1)
    with tasks_database.transaction() as transaction:
        assert state.put_within(transaction, "kept", {"a": 1}, ttl=HOUR) == is_table
        transaction.flush()
        assert state.get("kept") is None
    with suppress(RuntimeError), tasks_database.transaction() as transaction:
        state.put_within(transaction, "undone", 1, ttl=HOUR)
        transaction.flush()
        raise RuntimeError
    entry = state.get("kept")
    assert (entry.value if entry else None, state.get("undone")) == ({"a": 1} if is_table else None, None)
    tasks_database.close()


@pytest.mark.parametrize("url", STORE_URLS)
def test_a_store_that_is_down_is_unavailable(url: str, clock: ManualClock, daprd: Daprd) -> None:
    """Every method raises StateUnavailableError."""
    daprd.down = True
    no_database = Database("postgresql+pg8000://x:y@/z?unix_sock=/nowhere/.s.PGSQL.5432", threads=1)
    state = open_state_store(url, no_database, clock)
    with pytest.raises(StateUnavailableError):
        state.get("key")
    with pytest.raises(StateUnavailableError):
        state.put("key", 1, ttl=HOUR)
    with pytest.raises(StateUnavailableError):
        state.delete("key")


def test_roles_do_not_share_keys(database: TestDatabase, clock: ManualClock) -> None:
    """In the table, each role has its own keys."""
    first, second = (Database(database.url_of(domain), threads=1) for domain in ("tasks", "reminders"))
    open_state_store("postgresql:", first, clock).put("private", 1, ttl=HOUR)
    assert open_state_store("postgresql:", second, clock).get("private") is None
    first.close()
    second.close()
