"""How late something may still be sent. Pure."""

from datetime import datetime


def too_late(until: datetime | None, moment: datetime) -> str | None:
    """Return why something that may be sent ``until`` a moment is not sent at another; None where it may be.

    The last moment itself is in time, and without one nothing is ever too late.
    """
    if until is None or moment <= until:
        return None
    return f"too late: it could be sent until {until.isoformat(timespec='seconds')}"
