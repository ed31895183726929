"""Reads ISO 8601 durations and adds them to instants: days count on the wall clock, hours are elapsed time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.wall_clock import to_instant, to_wall_clock

_PARTS: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class CalendarDuration:
    """A duration in two parts: ``days`` on the wall clock and ``exact`` elapsed time (RFC 5545, section 3.3.6)."""

    days: int
    exact: timedelta


def parse_duration(text: str) -> CalendarDuration:
    """Return the parts of an ISO 8601 duration. A week is seven days.

    >>> parse_duration("P1DT30M")
    CalendarDuration(days=1, exact=datetime.timedelta(seconds=1800))

    Raises ValueError if the text is not a duration of weeks, days, hours, minutes and seconds.
    """
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise ValueError("must be an ISO 8601 duration, like PT30M or P1D")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return CalendarDuration(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def subtract_duration(moment: datetime, duration: CalendarDuration, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, that lies a duration before ``moment``.

    The days are subtracted on the zone's wall clock first, then the exact part.
    """
    return _add_days(moment, -duration.days, zone) - duration.exact


def add_duration(moment: datetime, duration: CalendarDuration, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, that lies a duration after ``moment``.

    The days are added on the zone's wall clock first, then the exact part.
    """
    return _add_days(moment, duration.days, zone) + duration.exact


def _add_days(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    if days == 0:
        # A conversion to the wall clock and back would turn the second of two equal times into the first.
        return moment.astimezone(UTC)
    wall = to_wall_clock(moment, zone) + timedelta(days=days)
    return to_instant(wall, zone)
