"""ISO 8601 durations on the wall clock: a day is a date, an hour is 3,600 seconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.wall_clock import to_instant, to_wall_clock

_PARTS: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class CalendarDuration:
    """A duration in its two parts: ``days`` are nominal, ``exact`` is elapsed time (RFC 5545, section 3.3.6)."""

    days: int
    exact: timedelta

    @property
    def is_nothing(self) -> bool:
        """Whether it has no length at all, as ``PT0S``."""
        return not self.days and not self.exact


def parse_duration(duration: str) -> CalendarDuration:
    """Return the parts of a validated :data:`events.fields.Duration`; a week is seven days."""
    parts = _PARTS.fullmatch(duration)
    if parts is None:
        raise ValueError("must be an ISO 8601 duration, like PT30M or P1D")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return CalendarDuration(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def subtract_duration(moment: datetime, span: CalendarDuration, zone: ZoneInfo) -> datetime:
    """Return the moment a span earlier, in UTC: the days on the zone's wall clock first, then the exact part."""
    return _on_the_wall_clock(moment, -span.days, zone) - span.exact


def add_duration(moment: datetime, span: CalendarDuration, zone: ZoneInfo) -> datetime:
    """Return the moment a span later, in UTC: the days on the zone's wall clock first, then the exact part."""
    return _on_the_wall_clock(moment, span.days, zone) + span.exact


def _on_the_wall_clock(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    if days == 0:
        # Through the wall clock and back, the second of two equal times would become the first.
        return moment.astimezone(UTC)
    wall = to_wall_clock(moment, zone) + timedelta(days=days)
    return to_instant(wall, zone)
