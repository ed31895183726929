"""Makes a repeated request with the same ``Idempotency-Key`` return the first response instead of acting again.

Correctness does not depend on the state store: a created object's id is derived from the key, so a repeat finds the
existing row. A state store that is down costs time only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.ids import derived_id
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.state_store import StateConflictError, StateStore, StateUnavailableError
from functions.chassis.runtime.transaction import Transaction
from functions.chassis.telemetry.logs import get_logger

CLAIM_TTL = timedelta(seconds=10)
"""How long a claimed key rejects repeats with 409 if the first request never finishes, for example in a crash.

Nearly all requests take less time. If one takes longer, its repeat waits for the row's lock and then finds the row."""

RESPONSE_TTL = timedelta(hours=24)
MAX_KEY_LENGTH = 255

log = get_logger(__name__)


@dataclass(slots=True)
class ClaimedKey:
    """The key of a request that is handled now. ``state_key`` is None while the state store is down."""

    state_key: str | None
    digest: str
    has_response: bool = False
    """Whether the response was stored in the transaction of the request's effect."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response to an earlier request with the same key; ``body`` is plain JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


def validate_key(key: str) -> str:
    """Return the value of an ``Idempotency-Key`` header; raise 400 unless it is 1 to 255 visible ASCII characters."""
    if not 0 < len(key) <= MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise Problem(400, f"idempotency-key: must be 1 to {MAX_KEY_LENGTH} visible ASCII characters without spaces")
    return key


def claim_key(state: StateStore, *, user: str, key: str, digest: str, now: datetime) -> ClaimedKey | StoredResponse:
    """Claim a user's key for a request, or return the stored response of the first request with this key.

    ``digest`` identifies the request (:func:`functions.chassis.http.authorized_request.digest_request`). Raises 409
    while the first request is in progress, and 422 if the key belongs to a different request.
    """
    state_key = f"idempotency/{derived_id(user, key)}"  # a hash: user and key may both contain any separator
    claim = ClaimedKey(state_key, digest)
    try:
        state.put(state_key, {"digest": digest, "began": now.isoformat()}, ttl=CLAIM_TTL, first=True)
    except StateConflictError:
        return _read_response(state, state_key, claim)
    except StateUnavailableError:
        log.warning("the state store is down: an Idempotency-Key is protected by derived ids only")
        return ClaimedKey(None, digest)
    return claim


def store_response(
    state: StateStore,
    claim: ClaimedKey,
    *,
    status: int,
    headers: Mapping[str, str],
    body: object,
    now: datetime,
    transaction: Transaction | None = None,
) -> None:
    """Store the response of a request that succeeded; ``body`` is plain JSON.

    With a ``transaction``, the response is stored when it commits, and ``claim.has_response`` is set. A state store
    that is not the database ignores such a call: call again after the commit, without a transaction.
    """
    if claim.state_key is None:
        return
    value = {
        "digest": claim.digest,
        "answer": {"status": status, "headers": dict(headers), "body": body},
        "answered": now.isoformat(),
    }
    if transaction is not None:
        claim.has_response = state.put_within(transaction, claim.state_key, value, ttl=RESPONSE_TTL)
        return
    try:
        state.put(claim.state_key, value, ttl=RESPONSE_TTL)
    except StateUnavailableError:
        log.warning("the state store is down: a response is not stored")


def release_key(state: StateStore, claim: ClaimedKey) -> None:
    """Release the key of a failed request, so that a client may send the request again."""
    try:
        if claim.state_key is not None:
            state.delete(claim.state_key)
    except StateUnavailableError:
        log.warning("the state store is down: an Idempotency-Key stays claimed for %s", CLAIM_TTL)


def _read_response(state: StateStore, state_key: str, claim: ClaimedKey) -> ClaimedKey | StoredResponse:
    try:
        entry = state.get(state_key)
    except StateUnavailableError:
        return ClaimedKey(None, claim.digest)
    if entry is not None and entry.value["digest"] != claim.digest:
        raise Problem(422, "idempotency-key: was used before with another request; use a new one for this request")
    if entry is None or "answer" not in entry.value:
        raise Problem(409, "a request with this Idempotency-Key is in progress", headers={"Retry-After": "1"})
    return StoredResponse(**entry.value["answer"])
