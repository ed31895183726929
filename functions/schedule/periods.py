"""The periods that a rule steps through, from one on, each with the days that it picks.

Years and months stand on their own: their kinds repeat, and one without such days is not looked at again. Days and
weeks run on through the years: their beat is laid over what the rule picks of each year.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from functions.schedule.bits import every, full
from functions.schedule.calendar import (
    CYCLE_YEARS,
    MONTHS,
    YEARS,
    YEARS_AND_WEEKS,
    Cycle,
    Kind,
    Year,
)
from functions.schedule.days import Days
from functions.schedule.rule import Rule

LAST_YEAR: Final = 8999

_LONGEST: Final = 372
"""The days of a year, and of its last week in the next."""


def periods(rule: Rule, start: date, after: date) -> Iterator[tuple[date, int]]:
    """Yield the first day of a period and, as bits, the days of it that a rule picks, from the one of ``after`` on.

    A few have none: who waits for a day is to know how far the search is.
    """
    days, after = Days(rule, start), max(after, start)
    match rule.freq:
        case "YEARLY":
            return _years(rule, start, after, days)
        case "MONTHLY":
            return _months(rule, start, after, days)
        case "WEEKLY":
            return _weeks(rule, start, after, days)
        case _:
            return _on_beat(start, rule.interval, after.year, days.of_year)


def _years(rule: Rule, start: date, after: date, days: Days) -> Iterator[tuple[date, int]]:
    year = after.year - (after.year - start.year) % rule.interval
    years = YEARS_AND_WEEKS if rule.byweekno else YEARS
    for number, found in _repeating(years, year, rule.interval, days.of_year):
        if number > LAST_YEAR:
            return
        yield date(number, 1, 1), found


def _months(rule: Rule, start: date, after: date, days: Days) -> Iterator[tuple[date, int]]:
    begin, month = (day.year * 12 + day.month - 1 for day in (start, after))
    month -= (month - begin) % rule.interval
    for number, found in _repeating(MONTHS, month, rule.interval, days.of_month):
        if number // 12 > LAST_YEAR:
            return
        yield date(number // 12, number % 12 + 1, 1), found


def _repeating(cycle: Cycle[Kind], number: int, step: int, days_of: Callable[[Kind], int]) -> Iterator[tuple[int, int]]:
    """Yield every ``step``th period's number, from one on, and its days; without any, one in a cycle."""
    size, twice = len(cycle.order), cycle.order * 2
    without = b""
    while True:
        on_beat = twice[number % size : number % size + size : step]
        left = on_beat
        while left := left.lstrip(without):
            days = days_of(cycle.kinds[left[0]])
            if days:
                yield number + (len(on_beat) - len(left)) * step, days
                left = left[1:]
            else:
                without += left[:1]
        number += len(on_beat) * step
        yield number, 0


def _weeks(rule: Rule, start: date, after: date, days: Days) -> Iterator[tuple[date, int]]:
    """Yield the weeks of a year together, or one by one where BYSETPOS counts in each."""
    begin, now = (day - timedelta((day.weekday() - rule.wkst) % 7) for day in (start, after))
    for first, found in _on_beat(begin, 7 * rule.interval, now.year, days.of_weeks, unit=7):
        if not (found and rule.bysetpos):
            yield first, found
            continue
        passed = max(0, (now - first).days)
        for week in _cut(first, found >> passed << passed, rule.wkst):
            yield first + timedelta(week), days.at_positions(found >> week & full(7))


def _cut(first: date, bits: int, wkst: int) -> range:
    """Return where weeks begin in a year, from the first to the last that has any of some days."""
    begin = (wkst - first.weekday()) % 7
    lowest = (bits & -bits).bit_length() - 1
    return range(max(begin, begin + (lowest - begin) // 7 * 7), bits.bit_length(), 7)


def _on_beat(
    begin: date, step: int, year: int, days_of: Callable[[Year], int], *, unit: int = 1
) -> Iterator[tuple[date, int]]:
    """Yield years, from one on, with those of their days that are among ``unit`` days every ``step`` from a beginning.

    Without any, one in a cycle.
    """
    beat = every(step, step + _LONGEST) * full(unit)
    origin = begin.toordinal()
    known: dict[int, int] = {}
    for number in range(year, LAST_YEAR + 1):
        first = date(number, 1, 1)
        gone = (first.toordinal() - origin) % step
        if unit <= gone <= step - _LONGEST:
            continue
        kind = YEARS.order[number % CYCLE_YEARS]
        if kind not in known:
            known[kind] = days_of(YEARS.kinds[kind])
        found = known[kind] and known[kind] & beat >> gone
        if found or number % CYCLE_YEARS == 0:
            yield first, found
