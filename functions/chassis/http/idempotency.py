"""Idempotency-Key: the same request twice is answered twice and done once.

What is kept is a courtesy: the id of whatever a request creates is derived from its key, so that a repeat finds it
even where the state store forgot. A store that is down therefore makes this slower, never wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.ids import derived_id
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.state_store import StateConflictError, StateStore, StateUnavailableError
from functions.chassis.telemetry.logs import get_logger

IN_PROGRESS = timedelta(seconds=10)
"""How long a repeat is told to wait for a first that gives no sign, as it may have died. Longer than nearly any takes;
where one does take longer, the two meet at the row's lock, and the second finds what the first has made."""

KEPT = timedelta(hours=24)
KEY_LIMIT = 255

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """This request is the first of its key; ``key`` is where its answer is kept, None where the store is down."""

    key: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Replay:
    """This request was answered before, like this."""

    status: int
    headers: Mapping[str, str]
    body: Any


def checked(key: str) -> str:
    """Return a header's value if it can be a key: 1 to 255 visible ASCII characters."""
    if not 0 < len(key) <= KEY_LIMIT or not all("!" <= character <= "~" for character in key):
        raise Problem(400, f"idempotency-key: must be 1 to {KEY_LIMIT} visible ASCII characters without spaces")
    return key


def begin(state: StateStore, *, user: str, key: str, digest: str, now: datetime) -> Begun | Replay:
    """Begin a request, or return the answer it had before.

    Raises the 409 of one that is in progress, and the 422 of a key that came with another request.
    """
    place = f"idempotency/{derived_id(user, key)}"  # both may hold any separator
    begun = Begun(place, digest)
    try:
        state.put(place, {"digest": digest, "began": now.isoformat()}, ttl=IN_PROGRESS, first=True)
    except StateConflictError:
        return _answered(state, begun)
    except StateUnavailableError:
        log.warning("the state store is down: an Idempotency-Key is held by derived ids alone")
        return Begun(None, digest)
    return begun


def complete(
    state: StateStore, begun: Begun, *, status: int, headers: Mapping[str, str], body: object, now: datetime
) -> None:
    """Keep the answer of a request that succeeded."""
    value = {
        "digest": begun.digest,
        "answer": {"status": status, "headers": dict(headers), "body": body},
        "answered": now.isoformat(),
    }
    try:
        if begun.key is not None:
            state.put(begun.key, value, ttl=KEPT)
    except StateUnavailableError:
        log.warning("the state store is down: an answer is not kept")


def abandon(state: StateStore, begun: Begun) -> None:
    """Forget a request that changed nothing, so that it may be sent again."""
    try:
        if begun.key is not None:
            state.delete(begun.key)
    except StateUnavailableError:
        log.warning("the state store is down: a key stays in progress for %s", IN_PROGRESS)


def _answered(state: StateStore, begun: Begun) -> Begun | Replay:
    try:
        entry = state.get(str(begun.key))
    except StateUnavailableError:
        return Begun(None, begun.digest)
    if entry is not None and entry.value["digest"] != begun.digest:
        raise Problem(422, "idempotency-key: was used before with another request; use a new one for this")
    if entry is None or "answer" not in entry.value:
        raise Problem(409, "a request with this Idempotency-Key is in progress", headers={"Retry-After": "1"})
    return Replay(**entry.value["answer"])
