"""The occurrences of a series: the one after another, at any distance from the start, without going back to it.

All arithmetic is on the wall clock; the zone comes in only where the moment matters (RFC 5545, section 3.8.5.3).
HOURLY and MINUTELY rules step in absolute time instead.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from functions.schedule.bits import members
from functions.schedule.periods import LAST_YEAR, periods
from functions.schedule.rule import Rule
from functions.schedule.wall_clock import to_instant, to_wall_clock

GIVE_UP_YEARS = 400
"""The calendar repeats after 400 years: what did not come by then never will."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence: its ordinal in the recurrence set, from 1, and its naive wall-clock time."""

    number: int
    wall: datetime


def next_occurrence(
    rule: Rule,
    *,
    start: datetime,
    zone: ZoneInfo,
    current: Occurrence,
    anchor: Literal["due", "completion"],
    missed: Literal["skip", "latest", "all"],
    completed_at: datetime,
    moved_to: datetime | None = None,
    exdates: Collection[datetime] = (),
) -> Occurrence | None:
    """Return the occurrence after ``current``, which was completed at a moment; None where the rule has ended.

    ``anchor`` "due" goes on by the calendar from ``start`` (DTSTART, on the wall clock), past where ``current`` was
    moved to; of what was missed by the completion it skips everything ("skip"), all but the newest ("latest") or
    nothing ("all"). What is passed or skipped counts towards COUNT. "completion" counts from the day it was done, at
    the series' time of day, or goes on by the calendar as well where that day leads nowhere.
    """
    if anchor == "completion":
        done = to_wall_clock(completed_at, zone)
        begun = done if is_absolute(rule) else datetime.combine(done.date(), start.time())
        after = Occurrence(current.number, begun)
        found = (occurrences(rule, start=one, zone=zone, after=after, exdates=exdates) for one in (begun, start))
        return next(chain.from_iterable(found), None)
    reached = moved_to or to_instant(current.wall, zone)
    if is_absolute(rule):
        missed_by = reached if missed == "all" else max(reached, completed_at)
        current = _near(rule, start, zone, current, missed_by, spare=1 + len(exdates))
    newest = None
    for occurrence in occurrences(rule, start=start, zone=zone, after=current, exdates=exdates):
        moment = to_instant(occurrence.wall, zone)
        if moment <= reached:
            continue
        if missed == "all" or moment > completed_at:
            return newest or occurrence
        newest = occurrence if missed == "latest" else None
    return newest


def occurrences(
    rule: Rule,
    *,
    start: datetime,
    zone: ZoneInfo,
    after: Occurrence,
    exdates: Collection[datetime] = (),
) -> Iterator[Occurrence]:
    """Yield what comes after an occurrence, up to COUNT and UNTIL; excluded moments count, and are left out."""
    if is_absolute(rule):
        walls = _absolute_steps(rule, start, zone, after.wall)
    else:
        walls = _calendar_steps(rule, start, after.wall)
    number, excluded = after.number, frozenset(exdates)
    for wall in takewhile(lambda wall: not is_over(rule, wall, zone), walls):
        number += 1
        if rule.count is not None and number > rule.count:
            return
        if not excluded or to_instant(wall, zone) not in excluded:
            yield Occurrence(number, wall)


def is_absolute(rule: Rule) -> bool:
    """Tell whether a rule steps in absolute time."""
    return rule.freq in {"HOURLY", "MINUTELY"}


def _step(rule: Rule) -> timedelta:
    return timedelta(hours=rule.interval) if rule.freq == "HOURLY" else timedelta(minutes=rule.interval)


def _near(
    rule: Rule, start: datetime, zone: ZoneInfo, current: Occurrence, moment: datetime, *, spare: int
) -> Occurrence:
    """Return the ``spare``th occurrence before a moment, or before the rule's end: years may hold millions of minutes.

    ``current`` itself where that is later.
    """
    step, begin = _step(rule), to_instant(start, zone)
    if rule.until and is_over(rule, to_wall_clock(moment, zone), zone):
        until = rule.until if isinstance(rule.until, datetime) else datetime.combine(rule.until, datetime.max.time())
        moment = until if until.tzinfo else to_instant(until, zone)
    done = (to_instant(current.wall, zone) - begin) // step
    passed = (moment - begin) // step - done
    if rule.count is not None:
        passed = min(passed, rule.count - current.number)
    passed -= spare
    if passed <= 0:
        return current
    return Occurrence(current.number + passed, to_wall_clock(begin + step * (done + passed), zone))


def _absolute_steps(rule: Rule, start: datetime, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    step, begin = _step(rule), to_instant(start, zone)
    moment = begin + step * max(0, (to_instant(after, zone) - begin) // step)
    while moment.year <= LAST_YEAR:
        if moment > to_instant(after, zone):
            yield to_wall_clock(moment, zone)
        moment += step


def _calendar_steps(rule: Rule, start: datetime, after: datetime) -> Iterator[datetime]:
    time, after = start.time(), max(after, start)
    found_in, from_day = after.year, after.date()
    for first, days in periods(rule, start.date(), from_day):
        if first.year > found_in + GIVE_UP_YEARS:
            return
        passed = max(0, (from_day - first).days)
        for number in members(days >> passed << passed):
            wall = datetime.combine(first + timedelta(number), time)
            if wall > after:
                found_in = wall.year
                yield wall


def is_over(rule: Rule, wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a wall-clock time lies after UNTIL."""
    if rule.until is None:
        return False
    if not isinstance(rule.until, datetime):
        return wall.date() > rule.until
    return to_instant(wall, zone) > rule.until if rule.until.tzinfo else wall > rule.until
