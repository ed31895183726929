"""When a reminder fires, and until when it may still be delivered."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from functions.schedule.duration import add_duration, parse_duration, subtract_duration


def reminder_time(
    *, before: str | None, at: datetime | None, due_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """Return the instant, in UTC, at which a reminder fires, or None if it depends on a due date that is missing.

    A reminder has either ``at``, an instant, or ``before``, an ISO 8601 duration that is subtracted from ``due_at``.
    The weeks and days of ``before`` count on the zone's wall clock, the rest is elapsed time: ``P1D`` before 09:00 is
    09:00 of the day before, also across a clock change, and ``PT24H`` is 24 hours. A wall-clock time that a clock
    change skips moves forward by the gap; a time that occurs twice is the first of the two.
    """
    if at is not None:
        return at.astimezone(UTC)
    if due_at is None or before is None:
        return None
    return subtract_duration(due_at, parse_duration(before), zone)


def latest_delivery(moment: datetime, max_lateness: str | None, zone: ZoneInfo, *, limit: datetime) -> datetime | None:
    """Return the latest instant at which a reminder of ``moment`` may be delivered, or None if there is no limit.

    The days of ``max_lateness``, an ISO 8601 duration, count on the zone's wall clock. ``limit`` is the last instant
    that the caller can store.
    """
    if max_lateness is None:
        return None
    return min(add_duration(moment, parse_duration(max_lateness), zone), limit)
