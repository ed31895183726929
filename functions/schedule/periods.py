"""Steps through the periods of a rule (years, months, weeks or days) and selects the days of each.

Yearly and monthly rules visit only years and months on their interval. A kind of period without a selected day is
evaluated once and skipped afterwards. Weekly and daily rules overlay their interval on the selected days of each year.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from functions.schedule.day_sets import every_nth_day, first_days
from functions.schedule.gregorian import (
    CYCLE_YEARS,
    MONTHS,
    YEARS,
    YEARS_WITH_NEIGHBOURS,
    CalendarCycle,
    Kind,
    YearKind,
)
from functions.schedule.rule import Rule
from functions.schedule.rule_days import RuleDays

LAST_YEAR: Final = 8999
"""The last year in which a task may be due."""

_LONGEST: Final = 372
"""The most days that are examined for a year: 366, and the rest of its last week."""


def iterate_periods(rule: Rule, start: date, after: date) -> Iterator[tuple[date, int]]:
    """Yield periods from the one of ``after`` on: the first day, and the selected days as a set of :mod:`day_sets`.

    Empty periods are yielded from time to time, so that a caller can stop a search without a result.
    """
    days, after = RuleDays(rule, start), max(after, start)
    match rule.freq:
        case "YEARLY":
            return _iterate_years(rule, start, after, days)
        case "MONTHLY":
            return _iterate_months(rule, start, after, days)
        case "WEEKLY":
            return _iterate_weeks(rule, start, after, days)
        case _:
            return _iterate_on_interval(start, rule.interval, after.year, days.select_in_year)


def _iterate_years(rule: Rule, start: date, after: date, days: RuleDays) -> Iterator[tuple[date, int]]:
    first_year = after.year - ((after.year - start.year) % rule.interval)
    cycle = YEARS_WITH_NEIGHBOURS if rule.byweekno else YEARS
    for year, selected in _iterate_cycle(cycle, first_year, rule.interval, days.select_in_year):
        if year > LAST_YEAR:
            return
        yield date(year, 1, 1), selected


def _iterate_months(rule: Rule, start: date, after: date, days: RuleDays) -> Iterator[tuple[date, int]]:
    begin, month = ((day.year * 12) + day.month - 1 for day in (start, after))
    month -= (month - begin) % rule.interval
    for number, selected in _iterate_cycle(MONTHS, month, rule.interval, days.select_in_month):
        if number // 12 > LAST_YEAR:
            return
        yield date(number // 12, (number % 12) + 1, 1), selected


def _iterate_cycle(
    cycle: CalendarCycle[Kind], number: int, step: int, select: Callable[[Kind], int]
) -> Iterator[tuple[int, int]]:
    """Yield every ``step``-th period from ``number`` on with its days, and one empty period per 400 years."""
    size, doubled = len(cycle.order), cycle.order * 2
    empty_kinds = b""
    while True:
        on_interval = doubled[number % size : (number % size) + size : step]
        rest = on_interval
        while rest := rest.lstrip(empty_kinds):
            days = select(cycle.kinds[rest[0]])
            if days:
                yield number + ((len(on_interval) - len(rest)) * step), days
                rest = rest[1:]
            else:
                empty_kinds += rest[:1]
        number += len(on_interval) * step
        yield number, 0


def _iterate_weeks(rule: Rule, start: date, after: date, days: RuleDays) -> Iterator[tuple[date, int]]:
    """Yield all weeks of a year together, or one week at a time for BYSETPOS, which counts in each week."""
    begin, current = (day - timedelta((day.weekday() - rule.wkst) % 7) for day in (start, after))
    years = _iterate_on_interval(begin, 7 * rule.interval, current.year, days.select_in_weeks, width=7)
    for first, selected in years:
        if not (selected and rule.bysetpos):
            yield first, selected
            continue
        passed = max(0, (current - first).days)
        for week in _week_offsets(first, (selected >> passed) << passed, rule.wkst):
            yield first + timedelta(week), days.apply_positions((selected >> week) & first_days(7))


def _week_offsets(first: date, days: int, week_start: int) -> range:
    """Return the offsets from ``first``, a 1 January, of all weeks from the first to the last that holds a day."""
    begin = (week_start - first.weekday()) % 7
    lowest = (days & -days).bit_length() - 1
    return range(max(begin, begin + ((lowest - begin) // 7 * 7)), days.bit_length(), 7)


def _iterate_on_interval(
    begin: date, step: int, first_year: int, select: Callable[[YearKind], int], *, width: int = 1
) -> Iterator[tuple[date, int]]:
    """Yield years with their selected days that lie in the first ``width`` of every ``step`` days since ``begin``.

    Years without such days are omitted, except for one per 400 years.
    """
    interval = every_nth_day(step, step + _LONGEST) * first_days(width)
    origin = begin.toordinal()
    known: dict[int, int] = {}
    for year in range(first_year, LAST_YEAR + 1):
        first = date(year, 1, 1)
        offset = (first.toordinal() - origin) % step
        if width <= offset <= step - _LONGEST:
            continue  # the interval has no day in this year
        kind = YEARS.order[year % CYCLE_YEARS]
        if kind not in known:
            known[kind] = select(YEARS.kinds[kind])
        selected = known[kind] and (known[kind] & (interval >> offset))
        if selected or year % CYCLE_YEARS == 0:
            yield first, selected
