"""The periods that a rule steps through, without those that can have none of its days."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from math import gcd
from typing import Final

from functions.recurrence.rule import Rule

LAST_YEAR: Final = 8999

_FEBRUARY: Final = 2
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ALWAYS: Final = 28
"""How many days every month has."""


def periods(rule: Rule, start: date, after: date) -> Iterator[date]:
    """Yield the first day of every INTERVALth period from the start's, beginning with the one that holds ``after``.

    A daily rule goes month by month, and by its beat within; where that is longer than a month, from day to day.
    """
    after = max(after, start)
    match rule.freq:
        case "WEEKLY":
            return _weeks(rule, start, after)
        case "YEARLY":
            return _years(rule, start, after)
        case "MONTHLY":
            return _months(rule, start, after, rule.interval)
        case _ if rule.interval >= _ALWAYS:
            return _beats(rule, start, after)
        case _:
            return _months(rule, start, after, 1)


def _weeks(rule: Rule, start: date, after: date) -> Iterator[date]:
    week = start - timedelta((start.weekday() - rule.wkst) % 7)
    step, rest = timedelta(weeks=rule.interval), timedelta(6)
    week += step * ((after - week) // step)
    while week.year <= LAST_YEAR:
        if not rule.bymonth or week.month in rule.bymonth or (week + rest).month in rule.bymonth:
            yield week
        week += step


def _beats(rule: Rule, start: date, after: date) -> Iterator[date]:
    step = timedelta(rule.interval)
    day = start + step * ((after - start) // step)
    while day.year <= LAST_YEAR:
        if not rule.bymonth or day.month in rule.bymonth:
            yield day.replace(day=1)
        day += step


def _months(rule: Rule, start: date, after: date, interval: int) -> Iterator[date]:
    """Yield months, counted from year 0: of the beat's months within the year only those of BYMONTH."""
    begin = start.year * 12 + start.month - 1
    month = begin + (after.year * 12 + after.month - 1 - begin) // interval * interval
    turns = 12 // gcd(12, interval)
    wanted = rule.bymonth or range(1, 13)
    steps = [turn * interval for turn in range(turns) if (month + turn * interval) % 12 + 1 in wanted]
    lowest = _lowest_day(rule, start)
    while steps:
        for step in steps:
            year, number = divmod(month + step, 12)
            if year > LAST_YEAR:
                return
            if lowest <= _ALWAYS or lowest <= _LENGTHS[number] + (number + 1 == _FEBRUARY and isleap(year)):
                yield date(year, number + 1, 1)
        month += turns * interval


def _years(rule: Rule, start: date, after: date) -> Iterator[date]:
    leap = _needs_leap_year(rule, start)
    for year in range(after.year - (after.year - start.year) % rule.interval, LAST_YEAR + 1, rule.interval):
        if not leap or isleap(year):
            yield date(year, 1, 1)


@lru_cache(maxsize=256)
def _lowest_day(rule: Rule, start: date) -> int:
    """Return the fewest days of a month that has one of the rule's, from either end."""
    if rule.month_end == "clamp":
        return 1
    if rule.bymonthday:
        return min(abs(number) for number in rule.bymonthday)
    return start.day if rule.freq != "DAILY" and not rule.byday else 1


@lru_cache(maxsize=256)
def _needs_leap_year(rule: Rule, start: date) -> bool:
    if rule.byyearday:
        return min(abs(number) for number in rule.byyearday) > 365  # noqa: PLR2004 - days of a year
    if rule.byweekno:
        return False
    months = rule.bymonth or ((start.month,) if not (rule.byday or rule.bymonthday) else ())
    return months == (_FEBRUARY,) and _lowest_day(rule, start) > _ALWAYS
