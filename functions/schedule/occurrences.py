"""Lists the occurrences of a rule after a given one, at any distance from the start of the series.

Rules of days, weeks, months and years step on the wall clock (RFC 5545, section 3.8.5.3). HOURLY and MINUTELY rules
step in elapsed time.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.day_sets import iterate_days
from functions.schedule.periods import LAST_YEAR, iterate_periods
from functions.schedule.rule import Rule
from functions.schedule.wall_clock import to_instant, to_wall_clock

SEARCH_YEARS: Final = 400
"""Years to search for the next occurrence. The calendar repeats after 400 years, so there is none beyond them."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of a rule: its number in the series, from 1, and its naive wall-clock time."""

    number: int
    wall: datetime


def iterate_occurrences(
    rule: Rule,
    *,
    start: datetime,
    zone: ZoneInfo,
    after: Occurrence,
    exdates: Collection[datetime] = (),
) -> Iterator[Occurrence]:
    """Yield the occurrences after ``after``, until COUNT or UNTIL ends the rule.

    ``start`` is DTSTART, a naive wall-clock time in ``zone``. ``exdates`` are instants: such an occurrence is omitted,
    and still counts towards COUNT (RFC 5545, section 3.8.5.1).
    """
    if has_elapsed_steps(rule):
        walls = _iterate_elapsed(rule, start, zone, after.wall)
    else:
        walls = _iterate_calendar(rule, start, after.wall)
    number, excluded = after.number, frozenset(exdates)
    for wall in takewhile(lambda wall: not is_after_until(rule, wall, zone), walls):
        number += 1
        if rule.count is not None and number > rule.count:
            return
        if not excluded or to_instant(wall, zone) not in excluded:
            yield Occurrence(number, wall)


def has_elapsed_steps(rule: Rule) -> bool:
    """Return whether a rule steps in elapsed time (HOURLY, MINUTELY) and not on the wall clock."""
    return rule.freq in {"HOURLY", "MINUTELY"}


def elapsed_step(rule: Rule) -> timedelta:
    """Return the time between two occurrences of an HOURLY or MINUTELY rule."""
    return timedelta(hours=rule.interval) if rule.freq == "HOURLY" else timedelta(minutes=rule.interval)


def is_after_until(rule: Rule, wall: datetime, zone: ZoneInfo) -> bool:
    """Return whether a wall-clock time lies after the rule's UNTIL."""
    if rule.until is None:
        return False
    if not isinstance(rule.until, datetime):
        return wall.date() > rule.until
    return to_instant(wall, zone) > rule.until if rule.until.tzinfo else wall > rule.until


def _iterate_elapsed(rule: Rule, start: datetime, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    step, begin = elapsed_step(rule), to_instant(start, zone)
    moment = begin + (step * max(0, (to_instant(after, zone) - begin) // step))
    while moment.year <= LAST_YEAR:
        if moment > to_instant(after, zone):
            yield to_wall_clock(moment, zone)
        moment += step


def _iterate_calendar(rule: Rule, start: datetime, after: datetime) -> Iterator[datetime]:
    time, after = start.time(), max(after, start)
    last_found, from_day = after.year, after.date()
    for first, days in iterate_periods(rule, start.date(), from_day):
        if first.year > last_found + SEARCH_YEARS:
            return
        passed = max(0, (from_day - first).days)
        for day in iterate_days((days >> passed) << passed):
            wall = datetime.combine(first + timedelta(day), time)
            if wall > after:
                last_found = wall.year
                yield wall
