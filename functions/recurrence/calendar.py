"""The days of one period (a year, a month, a week, a day) that a rule picks: RFC 5545, section 3.3.10's table."""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache

from functions.recurrence.rule import Rule

_CYCLE = range(2000, 2028)
"""After 28 years weekdays, leap years and so every rule's days come again (until 2100)."""


def ever(rule: Rule) -> bool:
    """Tell whether any day satisfies a rule's BY parts, whatever it starts from."""
    by_year = rule.freq == "YEARLY"
    periods = [date(year, month, 1) for year in _CYCLE for month in ((1,) if by_year else range(1, 13))]
    if rule.freq == "WEEKLY":
        periods = [date(2000, 1, 3) + timedelta(weeks=number) for number in range(1461)]
    return any(days_of(rule, first, date(2000, 1, 1)) for first in periods)


@lru_cache(maxsize=512)
def days_of(rule: Rule, first: date, start: date) -> tuple[date, ...]:
    """Return the days that a rule picks in the period beginning at ``first``, in order.

    What the rule leaves open comes from ``start``: the weekday of a weekly rule, the day of a monthly one, day and
    month of a yearly one. For ``DAILY`` the period is a month, as its BY parts only take days away.
    """
    match rule.freq:
        case "YEARLY" if _is_by_weekday(rule):
            chosen = _weekdays(rule, first, _length(first.year))
        case "YEARLY":
            chosen = sorted(set(_days_of_year(rule, first.year, start)))
        case "MONTHLY":
            chosen = sorted(set(_days_of_month(rule, first, start.day)))
        case "WEEKLY":
            wanted = {weekday for _, weekday in rule.byday} or {start.weekday()}
            chosen = [day for day in _days(first, 7) if day.weekday() in wanted and _in_month(rule, day)]
        case _:
            return tuple(_each_day(rule, first))
    return tuple(chosen) if not rule.bysetpos else tuple(_positions(rule, chosen))


def _is_by_weekday(rule: Rule) -> bool:
    """Tell whether BYDAY alone picks the days of a year."""
    return bool(rule.byday) and not (rule.bymonth or rule.bymonthday or rule.byyearday or rule.byweekno)


def _positions(rule: Rule, days: list[date]) -> Iterator[date]:
    wanted = {position - 1 if position > 0 else len(days) + position for position in rule.bysetpos}
    return (day for number, day in enumerate(days) if number in wanted)


def _each_day(rule: Rule, first: date) -> Iterator[date]:
    """Yield the days of a month that a daily rule leaves; each is a set of one, whose first is its last."""
    if rule.bysetpos and not {1, -1} & set(rule.bysetpos):
        return
    if not _in_month(rule, first):
        return
    weekdays = {weekday for _, weekday in rule.byday}
    length = monthrange(first.year, first.month)[1]
    numbers = {number if number > 0 else length + 1 + number for number in rule.bymonthday} or range(1, length + 1)
    for number in sorted(numbers):
        if 1 <= number <= length and (not weekdays or (first.weekday() + number - 1) % 7 in weekdays):
            yield first.replace(day=number)


def _days_of_month(rule: Rule, first: date, default: int) -> list[date]:
    if not _in_month(rule, first):
        return []
    length = monthrange(first.year, first.month)[1]
    if rule.bymonthday or not rule.byday:
        days = _monthdays(rule, first, length, rule.bymonthday or (default,))
        within = set(_weekdays(rule, first, length)) if rule.byday else set(days)
        return [day for day in days if day in within]
    return _weekdays(rule, first, length)


def _days_of_year(rule: Rule, year: int, start: date) -> Iterable[date]:
    months = [date(year, month, 1) for month in rule.bymonth or range(1, 13)]
    if rule.byyearday or rule.byweekno:
        return _by_number(rule, year, start)
    if rule.byday and not rule.bymonth:
        within = set(_weekdays(rule, date(year, 1, 1), _length(year)))
        lengths = ((first, monthrange(year, first.month)[1]) for first in months)
        days = (day for first, length in lengths for day in _monthdays(rule, first, length, rule.bymonthday))
        return [day for day in days if day in within]
    if not rule.bymonth and not rule.bymonthday:
        months = [date(year, start.month, 1)]
    return [day for first in months for day in _days_of_month(rule, first, start.day)]


def _by_number(rule: Rule, year: int, start: date) -> Iterator[date]:
    """Yield the days of a year that BYYEARDAY or BYWEEKNO number, so far as the other parts leave them."""
    length = _length(year)
    days: Iterable[date]
    weekdays = {weekday for _, weekday in rule.byday}
    if rule.byweekno and not (weekdays or rule.byyearday or rule.bymonthday):
        weekdays = {start.weekday()}
    if rule.byyearday:
        wanted = {number if number > 0 else length + 1 + number for number in rule.byyearday}
        days = [date(year, 1, 1) + timedelta(number - 1) for number in wanted if 1 <= number <= length]
    else:
        days = _days_of_weeks(rule, year, weekdays)
    numbered = set(_weekdays(rule, date(year, 1, 1), length)) if any(ordinal for ordinal, _ in rule.byday) else None
    for day in days:
        if rule.bymonth and day.month not in rule.bymonth:
            continue
        if numbered is not None and day not in numbered:
            continue
        if weekdays and day.weekday() not in weekdays:
            continue
        if (not rule.byyearday or _in_week(rule, day)) and _on_monthday(rule, day):
            yield day


def _days_of_weeks(rule: Rule, year: int, weekdays: set[int]) -> Iterator[date]:
    """Yield the days of a year in weeks of BYWEEKNO; some are in weeks of the years beside it."""
    first, count = _first_week(rule.wkst, year)
    after, count_after = _first_week(rule.wkst, year + 1)
    begins = {first + timedelta(weeks=number - 1 if number > 0 else count + number) for number in rule.byweekno}
    weeks = [week for week in begins if first <= week < after]
    if first.day > 1 and first.month == 1:
        before = first - timedelta(weeks=1)
        if {-1, _first_week(rule.wkst, year - 1)[1]} & set(rule.byweekno):
            weeks.append(before)
    if after.year == year and {1, -count_after} & set(rule.byweekno):
        weeks.append(after)
    offsets = [(weekday - rule.wkst) % 7 for weekday in weekdays] or range(7)
    for week in weeks:
        for offset in offsets:
            day = week + timedelta(offset)
            if day.year == year:
                yield day


@lru_cache(maxsize=512)
def _first_week(wkst: int, year: int) -> tuple[date, int]:
    """Return the day on which the weeks of a year begin, and how many there are: each has four of its days."""
    fourth, last = date(year, 1, 4), date(year + 1, 1, 4)
    first = fourth - timedelta((fourth.weekday() - wkst) % 7)
    return first, (last - timedelta((last.weekday() - wkst) % 7) - first).days // 7


def _weekdays(rule: Rule, first: date, length: int) -> list[date]:
    """Return the days of BYDAY within ``length`` days from ``first``: each such weekday, or the nth from either end."""
    found: set[int] = set()
    begin, weekday_of_first = first.toordinal(), first.weekday()
    for ordinal, weekday in rule.byday:
        offset = (weekday - weekday_of_first) % 7
        count = (length - offset + 6) // 7
        if ordinal == 0:
            found.update(range(begin + offset, begin + length, 7))
        elif abs(ordinal) <= count:
            found.add(begin + offset + 7 * (ordinal - 1 if ordinal > 0 else count + ordinal))
    return [date.fromordinal(day) for day in sorted(found)]


def _monthdays(rule: Rule, first: date, length: int, numbers: tuple[int, ...]) -> list[date]:
    """Return the days of a month by number; one that the month lacks is skipped, or clamped to its last."""
    days = []
    for number in numbers:
        day = number if number > 0 else length + 1 + number
        if day > length and rule.month_end == "clamp":
            day = length
        if 1 <= day <= length:
            days.append(first.replace(day=day))
    return days


def _in_month(rule: Rule, day: date) -> bool:
    return not rule.bymonth or day.month in rule.bymonth


def _on_monthday(rule: Rule, day: date, length: int | None = None) -> bool:
    if not rule.bymonthday:
        return True
    length = length or monthrange(day.year, day.month)[1]
    return day.day in rule.bymonthday or day.day - length - 1 in rule.bymonthday


def _in_week(rule: Rule, day: date) -> bool:
    """Tell whether a day is in a week of BYWEEKNO; week 1 is the first with four days in the year (ISO 8601)."""
    if not rule.byweekno:
        return True
    begins = day - timedelta((day.weekday() - rule.wkst) % 7)
    first, count = _first_week(rule.wkst, (begins + timedelta(3)).year)
    number = (begins - first).days // 7 + 1
    return number in rule.byweekno or number - count - 1 in rule.byweekno


def _length(year: int) -> int:
    return 366 if isleap(year) else 365


def _days(first: date, length: int) -> list[date]:
    return [first + timedelta(number) for number in range(length)]
