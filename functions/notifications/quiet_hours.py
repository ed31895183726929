"""Quiet hours: the times of a week at which a user gets no notifications, and when they end. Pure.

Quiet hours follow the wall clock of a time zone. A time in a DST gap does not exist; it moves forward by the gap. A
time in a DST fold exists twice: a start means the first one, and an end the second, so that the quiet is not cut short.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Annotated, Final, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from events.data import Value
from events.fields import ZoneName, zone_of
from functions.schedule.wall_clock import to_instant, to_wall_clock

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

_WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
_DAY: Final = timedelta(days=1)
_MINUTES: Final = 24 * 60

WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Hours and minutes on a wall clock, like ``22:00``."""


class QuietWindow(Value):
    """A daily window of quiet. It ends on the next day if the end is earlier, and lasts a day if both are equal."""

    model_config = ConfigDict(extra="forbid")

    start: WallTime
    end: WallTime
    days: Annotated[
        list[Weekday] | None, Field(min_length=1, max_length=7, description="days on which it starts; default: all")
    ] = None

    def starts_on(self, weekday: int) -> bool:
        """Return whether the window starts on a day of the week, where Monday is 0."""
        return self.days is None or _WEEKDAYS[weekday] in self.days

    def minutes(self) -> Iterator[int]:
        """Return the quiet minutes of the week, counted from Monday 00:00."""
        first, last = _minute_of_day(self.start), _minute_of_day(self.end)
        length = (last - first - 1) % _MINUTES + 1
        for weekday in filter(self.starts_on, range(7)):
            yield from ((weekday * _MINUTES + first + minute) % (7 * _MINUTES) for minute in range(length))


class QuietHours(Value):
    """The quiet windows of a week in a time zone. Notifications are deferred to the end of the quiet hours."""

    model_config = ConfigDict(extra="forbid")

    time_zone: ZoneName
    windows: Annotated[list[QuietWindow], Field(min_length=1, max_length=14)]

    @model_validator(mode="after")
    def _check_quiet_hours_end(self) -> Self:
        if len(set(chain.from_iterable(window.minutes() for window in self.windows))) == 7 * _MINUTES:
            raise ValueError("must leave some of the week, or no notification would ever be sent")
        return self


def find_quiet_end(quiet: QuietHours, now: datetime) -> datetime | None:
    """Return the end of the quiet hours at a moment, or None if it is not quiet then.

    Windows that follow each other without a gap count as one. The end itself is not quiet.
    """
    end = now
    while later := max(_ends_around(quiet, end), default=None):
        end = later
    return end if end > now else None


def _ends_around(quiet: QuietHours, moment: datetime) -> Iterator[datetime]:
    """Yield the end of each window that contains a moment."""
    zone = zone_of(quiet.time_zone)
    today = to_wall_clock(moment, zone).date()
    for day in (today - _DAY, today):
        for window in quiet.windows:
            if not window.starts_on(day.weekday()):
                continue
            start, end = (time.fromisoformat(text) for text in (window.start, window.end))
            starts = to_instant(datetime.combine(day, start), zone)
            ends = _latest_instant(datetime.combine(day if start < end else day + _DAY, end), zone)
            if starts <= moment < ends:
                yield ends


def _latest_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the last moment at which a clock shows a time; for a time in a gap, the moment it moves forward to."""
    return max(to_instant(wall, zone), to_instant(wall.replace(fold=1), zone))


def _minute_of_day(text: str) -> int:
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute
