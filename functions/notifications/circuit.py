"""Attempts go through the breaker of their channel and host. It is kept in the state store, which all instances share.

What is kept is a courtesy to a receiver that is down and to those who wait: where the store is down, it is as if all
were closed. Where two change a breaker at once the second looks again, and in the end lets it be.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from events.ids import derived_id
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.state_store import StateConflictError, StateEntry, StateStore, StateUnavailableError
from functions.notifications.breaker import PROBE, Breaker
from functions.notifications.channel_metrics import count_breaker_change
from functions.notifications.channels.outcome import Outcome

_KEPT: Final = timedelta(hours=1)
"""How long failures count as being in a row; longer than any pause."""

_ROUNDS: Final = 3


class Circuit:
    """The way to one host through one type of channel."""

    def __init__(self, state: StateStore, clock: Clock, *, kind: str, host: str) -> None:
        self._state = state
        self._clock = clock
        self._kind = kind
        self._key = f"breaker/{derived_id(kind, host)}"  # a host may hold any separator

    def send(self, attempt: Callable[[], Outcome]) -> Outcome:
        """Make an attempt, unless the host is to be left alone; a refusal shows that it is well."""
        try:
            known, entry = self._read()
            refused = self._refusal(known, entry)
        except StateUnavailableError:
            return attempt()
        except StateConflictError:  # another makes the one attempt
            refused = PROBE
        if refused is not None:
            return Outcome(delivered=False, reason="not tried, as its host keeps failing", may_pass=True, wait=refused)
        outcome = attempt()
        with suppress(StateUnavailableError):
            self._note(failed=not outcome.delivered and outcome.may_pass, probe=known.until is not None)
        return outcome

    def _refusal(self, known: Breaker, entry: StateEntry | None) -> timedelta | None:
        """Return how long the host is to be left alone; None where the attempt may be made."""
        now = self._clock()
        state = known.state(now)
        if state == "open" and known.until:
            return known.until - now
        if state == "halfOpen":
            self._keep(known.probing(now), entry)
            count_breaker_change(self._kind, state)
        return None

    def _note(self, *, failed: bool, probe: bool) -> None:
        """Keep how an attempt went; one that set out before the breaker opened, and failed as well, adds nothing."""
        for _ in range(_ROUNDS):
            known, entry = self._read()
            if not failed:
                if entry is not None:
                    self._state.delete(self._key)
                if known.until:
                    count_breaker_change(self._kind, "closed")
                return
            if known.until and not probe:
                return
            changed = known.after_failure(self._clock())
            with suppress(StateConflictError):
                self._keep(changed, entry)
                if changed.openings > known.openings:
                    count_breaker_change(self._kind, "open")
                return

    def _read(self) -> tuple[Breaker, StateEntry | None]:
        entry = self._state.get(self._key)
        if entry is None:
            return Breaker(), None
        until = entry.value["until"]
        opened = datetime.fromisoformat(until) if until else None
        return Breaker(entry.value["failures"], entry.value["openings"], opened), entry

    def _keep(self, breaker: Breaker, entry: StateEntry | None) -> None:
        until = breaker.until.isoformat() if breaker.until else None
        value = {"failures": breaker.failures, "openings": breaker.openings, "until": until}
        self._state.put(self._key, value, ttl=_KEPT, etag=entry.etag if entry else None, first=entry is None)
