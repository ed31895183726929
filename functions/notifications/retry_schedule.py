"""When a notification is sent again after a failed attempt, and until when it may be sent. Pure.

Delays grow exponentially, for most of a day. A random spread keeps notifications that failed together from retrying
together. If another channel can be tried instead, the attempts end within a minute.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

MAX_ATTEMPTS: Final = 17
MAX_ATTEMPTS_BEFORE_FALLBACK: Final = 3
LONGEST_DELAY_BEFORE_FALLBACK: Final = timedelta(minutes=1)

FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(hours=4)


def compute_retry_delay(
    attempt: int, notification_id: UUID, *, requested: timedelta | None = None, has_fallback: bool = False
) -> timedelta | None:
    """Return the delay after a failed attempt (counted from 1), or None after the last one.

    The delays are 5 s, 10 s, 20 s … 4 h, 4 h, each shortened by up to a fifth. The notification's id determines the
    spread, so the same attempt always has the same delay. A longer delay that the receiver ``requested`` is respected,
    up to the longest one. With a fallback channel, a long requested delay ends the attempts instead.
    """
    if has_fallback and (
        attempt >= MAX_ATTEMPTS_BEFORE_FALLBACK or (requested or timedelta()) > LONGEST_DELAY_BEFORE_FALLBACK
    ):
        return None
    if attempt >= MAX_ATTEMPTS:
        return None
    full: timedelta = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    spread: float = Random(f"{notification_id} {attempt}").uniform(0.8, 1.0)  # noqa: S311 - not for cryptography
    return max(full * spread, min(requested or timedelta(), LONGEST_DELAY))


def explain_lateness(until: datetime | None, moment: datetime) -> str | None:
    """Return why a notification that may be sent ``until`` a moment is too late at another one; None if it is not.

    ``until`` itself is in time. Without ``until`` a notification is never too late.
    """
    if until is None or moment <= until:
        return None
    return f"too late: it could be sent until {until.isoformat(timespec='seconds')}"
