"""When a host that fails again and again is left alone, and when it is tried once more. Pure.

Closed, it counts failures in a row; at the limit it opens, and nothing is sent there for a while. Then it is half-open:
one attempt goes through, which closes it or opens it again for twice as long.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

LIMIT: Final = 5
"""So many failures in a row open it."""

SHORTEST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=15)

PROBE: Final = timedelta(seconds=15)
"""How long the one attempt may take of a half-open one, which is longer than a channel does, before another is made."""

BreakerState = Literal["closed", "open", "halfOpen"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """The breaker of one host; ``openings`` in a row, the last of them ``until`` a moment."""

    failures: int = 0
    openings: int = 0
    until: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        """Return how it is at a moment."""
        if self.until is None:
            return "closed"
        return "open" if now < self.until else "halfOpen"

    def probing(self, now: datetime) -> "Breaker":
        """Return it while somebody makes the one attempt."""
        return replace(self, until=now + PROBE)

    def after_failure(self, now: datetime) -> "Breaker":
        """Return it after an attempt that failed: one failure more, or open."""
        failures = self.failures + 1
        if failures < LIMIT and self.until is None:
            return replace(self, failures=failures)
        pause = min(SHORTEST * 2 ** min(self.openings, 10), LONGEST)
        return Breaker(failures, self.openings + 1, now + pause)
