"""Between the clock on the wall and the one of the world."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a clock on the wall of ``zone`` shows ``wall``.

    A time in a gap, which no clock shows, moves forward by the gap; one in a fold, which clocks show twice, is the
    first of both (RFC 5545, section 3.3.5). ``wall.fold`` asks for the second.
    """
    return wall.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall of ``zone`` shows at a moment, naive."""
    return moment.astimezone(zone).replace(tzinfo=None)
