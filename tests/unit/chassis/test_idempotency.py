"""Tests of Idempotency-Key: a repeated request gets the first response, also while the state store is down."""

from datetime import timedelta
from unittest.mock import Mock

import pytest

from functions.chassis.http.idempotency import (
    ClaimedKey,
    StoredResponse,
    claim_key,
    release_key,
    store_response,
    validate_key,
)
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateUnavailableError
from functions.chassis.runtime.transaction import Transaction
from tests.samples import NOON


class MemoryState:
    """A state store in memory, without expiry; ``down`` makes every call fail."""

    def __init__(self, *, in_transaction: bool = False) -> None:
        self.entries: dict[str, object] = {}
        self.in_transaction = in_transaction
        self.down = False

    def get(self, key: str) -> StateEntry | None:
        """Return the entry under a key."""
        self._check()
        return StateEntry(self.entries[key], "1") if key in self.entries else None

    def put(self, key: str, value: object, *, ttl: timedelta, etag: str | None = None, first: bool = False) -> None:  # noqa: ARG002 - the store's interface
        """Store a value."""
        self._check()
        if first and key in self.entries:
            raise StateConflictError(key)
        self.entries[key] = value

    def put_within(self, transaction: Transaction, key: str, value: object, *, ttl: timedelta) -> bool:  # noqa: ARG002 - the store's interface
        """Store a value if ``in_transaction`` is true, as the store in the database does."""
        if self.in_transaction:
            self.entries[key] = value
        return self.in_transaction

    def delete(self, key: str) -> None:
        """Delete a key."""
        self._check()
        self.entries.pop(key, None)

    def _check(self) -> None:
        if self.down:
            raise StateUnavailableError


def test_a_repeat_of_a_request_in_progress_is_rejected() -> None:
    """While the first request is in progress, a repeat gets a 409 with Retry-After."""
    state = MemoryState()
    assert isinstance(claim_key(state, user="alice", key="k", digest="d", now=NOON), ClaimedKey)
    with pytest.raises(Problem, match="in progress") as rejected:
        claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert (rejected.value.status, rejected.value.headers["Retry-After"]) == (409, "1")


def test_a_repeat_gets_the_stored_response() -> None:
    """A repeat gets the first response; another request with the same key gets a 422."""
    state = MemoryState()
    claim = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(claim, ClaimedKey)
    store_response(state, claim, status=201, headers={"ETag": '"1"'}, body={"id": 1}, now=NOON)
    repeated = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert repeated == StoredResponse(201, {"ETag": '"1"'}, {"id": 1})
    with pytest.raises(Problem, match="used before with another request") as rejected:
        claim_key(state, user="alice", key="k", digest="other", now=NOON)
    assert rejected.value.status == 422


@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_response_is_stored_in_a_transaction_only_by_the_database(in_transaction: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    """Another state store leaves the response to the call after the commit."""
    state = MemoryState(in_transaction=in_transaction)
    claim = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(claim, ClaimedKey)
    transaction = Mock(spec=Transaction)
    store_response(state, claim, status=201, headers={}, body={"id": 1}, now=NOON, transaction=transaction)
    assert claim.has_response == in_transaction
    [entry] = state.entries.values()
    assert ("answer" in entry) == in_transaction  # type: ignore[operator] # every entry is a dictionary


def test_a_released_key_can_be_claimed_again() -> None:
    """A request that failed may be sent again with its key."""
    state = MemoryState()
    claim = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(claim, ClaimedKey)
    release_key(state, claim)
    assert isinstance(claim_key(state, user="alice", key="k", digest="other", now=NOON), ClaimedKey)


def test_keys_belong_to_their_users() -> None:
    """The same key of two users is two keys, also if a user's id contains a separator."""
    state = MemoryState()
    for user, key in [("a", "b/c"), ("a/b", "c")]:
        assert isinstance(claim_key(state, user=user, key=key, digest="d", now=NOON), ClaimedKey)


def test_a_request_continues_while_the_state_store_is_down() -> None:
    """Without the state store a key is claimed without a state key, and storing or releasing it does not fail."""
    state = MemoryState()
    state.down = True
    claim = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert claim == ClaimedKey(None, "d")
    store_response(state, ClaimedKey(None, "d"), status=201, headers={}, body=None, now=NOON)
    release_key(state, ClaimedKey(None, "d"))


def test_a_state_store_that_goes_down_during_a_request_does_not_fail_it() -> None:
    """A response that cannot be stored, or a key that cannot be released, does not fail the request."""
    state = MemoryState()
    claim = claim_key(state, user="alice", key="k", digest="d", now=NOON)
    assert isinstance(claim, ClaimedKey)
    state.down = True
    store_response(state, claim, status=201, headers={}, body=None, now=NOON)
    release_key(state, claim)


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 256, "a\tb"])
def test_an_invalid_key_is_rejected(key: str) -> None:
    """A key is 1 to 255 visible ASCII characters."""
    with pytest.raises(Problem, match="idempotency-key"):
        validate_key(key)
    assert validate_key("8e03978e-40d5-43dd-bc93-6894a57f9324")
