"""Pauses attempts at a host that keeps failing. All instances share a host's breaker through the state store.

- Closed: attempts are made, and failures in a row are counted.
- Open: after five failures no attempt is made for 30 seconds. Each further opening lasts twice as long, up to 15
  minutes.
- Half-open: after the pause one attempt is made. It closes the breaker or opens it again.

The breaker only saves time: if the state store is unavailable, attempts are made as if every breaker were closed.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from events.ids import derived_id
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateStore, StateUnavailableError
from functions.notifications.channel_metrics import count_breaker_change
from functions.notifications.channels.channel import SendResult

FAILURE_LIMIT: Final = 5
"""Failures in a row that open a breaker."""

SHORTEST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=15)

PROBE_TIME: Final = timedelta(seconds=15)
"""How long a half-open breaker waits for its one attempt before it allows another. Longer than any attempt."""

_TTL: Final = timedelta(hours=1)  # in the state store; longer than any pause
_MAX_WRITES: Final = 3  # when several instances change a breaker at the same time

BreakerState = Literal["closed", "open", "halfOpen"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """The failures in a row at one host, the openings in a row, and the end of the current pause. Pure."""

    failures: int = 0
    openings: int = 0
    until: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        """Return the state at a moment."""
        if self.until is None:
            return "closed"
        return "open" if now < self.until else "halfOpen"

    def start_probe(self, now: datetime) -> "Breaker":
        """Return the breaker during the one attempt of its half-open state: open for everyone else."""
        return replace(self, until=now + PROBE_TIME)

    def record_failure(self, now: datetime) -> "Breaker":
        """Return the breaker after a failed attempt: with one more failure, or open."""
        failures = self.failures + 1
        if failures < FAILURE_LIMIT and self.until is None:
            return replace(self, failures=failures)
        pause = min(SHORTEST_PAUSE * 2 ** min(self.openings, 10), LONGEST_PAUSE)
        return Breaker(failures, self.openings + 1, now + pause)


class HostBreaker:
    """The breaker of one host and type of channel, in the state store."""

    def __init__(self, state: StateStore, clock: Clock, *, channel_type: str, host: str) -> None:
        self._state = state
        self._clock = clock
        self._channel_type = channel_type
        self._key = f"breaker/{derived_id(channel_type, host)}"  # derived, because a host may contain any separator

    def run(self, attempt: Callable[[], SendResult]) -> SendResult:
        """Make an attempt and count its result, or return a temporary failure if the breaker is open.

        A permanent failure counts as a success: the host answered.
        """
        try:
            breaker, entry = self._read()
            pause = self._find_pause(breaker, entry)
        except StateUnavailableError:
            return attempt()
        except StateConflictError:  # another instance makes the one attempt of the half-open state
            pause = PROBE_TIME
        if pause is not None:
            return SendResult.temporary_failure("not tried, as its host keeps failing", retry_after=pause)
        result = attempt()
        with suppress(StateUnavailableError):
            if not result.delivered and result.is_temporary:
                self._count_failure(is_probe=breaker.until is not None)
            else:
                self._close()
        return result

    def _find_pause(self, breaker: Breaker, entry: StateEntry | None) -> timedelta | None:
        """Return how long no attempt may be made; None if one may be made now."""
        now = self._clock()
        state = breaker.state(now)
        if state == "open" and breaker.until:
            return breaker.until - now
        if state == "halfOpen":
            self._store(breaker.start_probe(now), entry)
            count_breaker_change(self._channel_type, state)
        return None

    def _close(self) -> None:
        breaker, entry = self._read()
        if entry is not None:
            self._state.delete(self._key)
        if breaker.until:
            count_breaker_change(self._channel_type, "closed")

    def _count_failure(self, *, is_probe: bool) -> None:
        """Store a failure, unless the breaker opened while the attempt was made."""
        for _ in range(_MAX_WRITES):
            breaker, entry = self._read()
            if breaker.until and not is_probe:
                return
            changed = breaker.record_failure(self._clock())
            with suppress(StateConflictError):
                self._store(changed, entry)
                if changed.openings > breaker.openings:
                    count_breaker_change(self._channel_type, "open")
                return

    def _read(self) -> tuple[Breaker, StateEntry | None]:
        entry = self._state.get(self._key)
        if entry is None:
            return Breaker(), None
        until = entry.value["until"]
        return Breaker(
            entry.value["failures"], entry.value["openings"], datetime.fromisoformat(until) if until else None
        ), entry

    def _store(self, breaker: Breaker, entry: StateEntry | None) -> None:
        until = breaker.until.isoformat() if breaker.until else None
        value = {"failures": breaker.failures, "openings": breaker.openings, "until": until}
        self._state.put(self._key, value, ttl=_TTL, etag=entry.etag if entry else None, first=entry is None)
