"""When a user wants to be left alone, and until when a moment has to wait. Pure.

It is quiet by the clock on the wall of a zone. A time in a DST gap, which no clock shows, moves forward by the gap. Of
one in a fold, which clocks show twice, a beginning takes the first and an end the second: nobody is woken because a
clock was set back.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from events.data import Value
from events.fields import ZoneName, zone_of
from functions.schedule.wall_clock import to_instant, to_wall_clock

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

WEEKDAYS: Final[tuple[Weekday, ...]] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY: Final = timedelta(days=1)
_MINUTES: Final = 24 * 60

WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Hours and minutes on the wall, like ``22:00``."""


class QuietWindow(Value):
    """From one time up to another, past midnight where that is the earlier one; a whole day where both are the same."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    start: WallTime
    end: WallTime
    days: Annotated[
        list[Weekday] | None, Field(min_length=1, max_length=7, description="on which it starts; every day if left out")
    ] = None

    def starts_on(self, weekday: int) -> bool:
        """Tell whether it starts on a day of the week, Monday being 0."""
        return self.days is None or WEEKDAYS[weekday] in self.days

    def minutes(self) -> Iterator[int]:
        """Return the minutes of the week that are quiet, counted from Monday's first."""
        first, last = _minute(self.start), _minute(self.end)
        length = (last - first - 1) % _MINUTES + 1
        for weekday in filter(self.starts_on, range(7)):
            yield from ((weekday * _MINUTES + first + minute) % (7 * _MINUTES) for minute in range(length))


class QuietHours(Value):
    """What is quiet in a week, in a zone. What would come then comes at the end of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    time_zone: ZoneName
    windows: Annotated[list[QuietWindow], Field(min_length=1, max_length=14)]

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if len(set(chain.from_iterable(window.minutes() for window in self.windows))) == 7 * _MINUTES:
            raise ValueError("must leave some of the week, or nothing would ever come")
        return self


def end_of_quiet(quiet: QuietHours, now: datetime) -> datetime | None:
    """Return when the quiet that it is in at a moment ends, in UTC; None where it is not quiet then.

    Where one window leads into another, that is the end of the last one. The end itself is not quiet any more.
    """
    end = now
    while ahead := max(_ends_around(quiet, end), default=None):
        end = ahead
    return end if end > now else None


def _ends_around(quiet: QuietHours, moment: datetime) -> Iterator[datetime]:
    """Return the end of each window that a moment lies in."""
    zone = zone_of(quiet.time_zone)
    today = to_wall_clock(moment, zone).date()
    for day in (today - _DAY, today):
        for window in quiet.windows:
            if not window.starts_on(day.weekday()):
                continue
            start, end = (time.fromisoformat(text) for text in (window.start, window.end))
            begins = to_instant(datetime.combine(day, start), zone)
            ends = _last(datetime.combine(day if start < end else day + _DAY, end), zone)
            if begins <= moment < ends:
                yield ends


def _last(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the last moment at which a clock shows a time; where none does, the one that moved forward."""
    return max(to_instant(wall, zone), to_instant(wall.replace(fold=1), zone))


def _minute(text: str) -> int:
    at = time.fromisoformat(text)
    return at.hour * 60 + at.minute
