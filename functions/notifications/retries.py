"""When to try a channel again: exponentially later, for most of a day, spread so that many do not come at once.

Where another channel stands ready, it is tried after less than a minute.
"""

from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

ATTEMPTS: Final = 17
"""How often a channel is tried before the notification fails."""

ATTEMPTS_BEFORE_ANOTHER: Final = 3
LONGEST_BEFORE_ANOTHER: Final = timedelta(minutes=1)

FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=4)


def delay_after(
    attempt: int, notification_id: UUID, *, asked: timedelta | None = None, another: bool = False
) -> timedelta | None:
    """Return how long to wait after a failed attempt (from 1); None after the last.

    5 s, 10 s, 20 s … 4 h, 4 h, each shortened by up to a fifth. The spread is drawn from the notification's id, so the
    same attempt always waits as long. Where the receiver ``asked`` for more it gets that, up to the longest;
    not where ``another`` channel is to be tried if this one fails.
    """
    if another and (attempt >= ATTEMPTS_BEFORE_ANOTHER or (asked or timedelta()) > LONGEST_BEFORE_ANOTHER):
        return None
    if attempt >= ATTEMPTS:
        return None
    full: timedelta = min(FIRST * 2 ** (attempt - 1), LONGEST)
    spread: float = Random(f"{notification_id} {attempt}").uniform(0.8, 1.0)  # noqa: S311 - a spread, not a secret
    return max(full * spread, min(asked or timedelta(), LONGEST))
