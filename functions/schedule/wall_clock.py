"""Converts between instants and the time that a clock on the wall of a time zone shows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a clock on the wall of ``zone`` shows the naive time ``wall``.

    A time in a gap, which no clock shows, moves forward by the length of the gap. A time in a fold, which clocks show
    twice, is the first of the two (RFC 5545, section 3.3.5). ``wall.fold`` of 1 asks for the second.
    """
    return wall.replace(tzinfo=zone).astimezone(UTC)


def to_wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the naive time that a clock on the wall of ``zone`` shows at an instant."""
    return moment.astimezone(zone).replace(tzinfo=None)
