"""The days of one period (a year, a month, the weeks of a year) that a rule picks: RFC 5545, section 3.3.10's table."""

from dataclasses import replace
from datetime import date
from typing import Final

from functions.schedule.bits import Numbers, Weekdays, at_positions, full
from functions.schedule.calendar import (
    MONTHS,
    YEARS,
    YEARS_AND_WEEKS,
    Month,
    Year,
    months_of_year,
)
from functions.schedule.rule import Rule

_WEEKS_OF_MONTH: Final = 5
_WEEKS_OF_YEAR: Final = 54
"""So many hold any year, and what its last week has of the next."""


def ever(rule: Rule) -> bool:
    """Tell whether any day satisfies a rule's BY parts, whatever it starts from."""
    days = Days(rule, date(2000, 1, 1))
    if rule.freq == "WEEKLY":
        return days.of_whole_week() > 0  # every month has one
    if rule.freq == "MONTHLY":
        return any(map(days.of_month, MONTHS.kinds))
    return any(map(days.of_year, (YEARS_AND_WEEKS if rule.byweekno else YEARS).kinds))


def completed(rule: Rule, start: date) -> Rule:
    """Return a rule with what it leaves open taken from its start: a weekday, a day of the month, a month."""
    weekday = ((0, start.weekday()),)
    match rule.freq:
        case "WEEKLY":
            return rule if rule.byday else replace(rule, byday=weekday)
        case "DAILY":
            return rule
        case _ if rule.byday or rule.bymonthday or rule.byyearday:
            return rule
        case _ if rule.byweekno:
            return replace(rule, byday=weekday)
        case "MONTHLY":
            return replace(rule, bymonthday=(start.day,))
        case _:
            return replace(rule, bymonthday=(start.day,), bymonth=rule.bymonth or (start.month,))


class Days:
    """The days that a rule with a start picks of each kind of period."""

    def __init__(self, rule: Rule, start: date) -> None:
        """Read the rule's numbers; what they come to in a period is worked out when one is asked for."""
        self._rule = rule = completed(rule, start)
        # The nth weekday is the month's, or the year's where a yearly rule does not name months.
        self._by_month = rule.freq == "MONTHLY" or bool(rule.bymonth and any(ordinal for ordinal, _ in rule.byday))
        self._weekdays = Weekdays(rule.byday, _WEEKS_OF_MONTH if self._by_month else _WEEKS_OF_YEAR)
        self._monthdays = Numbers(rule.bymonthday, 31)
        self._yeardays = Numbers(rule.byyearday, 366)
        self._weeks = Numbers(rule.byweekno, 53, width=7)
        self._positions = Numbers(rule.bysetpos, 366)
        self._fewest = min(map(abs, rule.bysetpos), default=0)
        self._clamps = rule.month_end == "clamp" and rule.freq != "DAILY" and not (rule.byyearday or rule.byweekno)
        self._in_year: dict[tuple[int, int], int] = {}
        # Of months and of years, by their length, and by the weekday they begin on where that matters.
        self._by_dates: dict[tuple[int, int], int] = {}

    def of_month(self, month: Month) -> int:
        """Return the days of a month, for a monthly rule."""
        if self._rule.bymonth and month.number not in self._rule.bymonth:
            return 0
        return self.at_positions(self._in_month(month.weekday, month.length))

    def of_year(self, year: Year) -> int:
        """Return the days of a year, for a yearly rule, or for a daily one, to which each is a set of one."""
        kind = (year.weekday, year.length)
        days = self._in_year.get(kind)
        if days is None:
            days = self._in_year[kind] = self._on_dates(*kind)
        if days and self._rule.byweekno:
            days &= self._in_weeks(year)
        if self._rule.freq == "YEARLY":
            return self.at_positions(days)
        return days if self._fewest <= 1 else 0

    def of_weeks(self, year: Year) -> int:
        """Return the days of the weeks that begin in a year, for a weekly rule: the last may go on into the next."""
        dates = self._in_months(year.weekday, year.length)
        begin = (self._rule.wkst - year.weekday) % 7
        weeks = full((year.length - begin + 6) // 7 * 7) << begin
        return (dates | dates << year.length) & weeks & self._weekdays.within(year.weekday, year.length + 6)

    def of_whole_week(self) -> int:
        """Return the days of a week that begins on Monday and that no month cuts, for a weekly rule."""
        return self.at_positions(self._weekdays.within(0, 7))

    def at_positions(self, days: int) -> int:
        """Return which of a period's days BYSETPOS leaves."""
        if not self._rule.bysetpos:
            return days
        return at_positions(days, self._positions) if days.bit_count() >= self._fewest else 0

    def _on_dates(self, weekday: int, length: int) -> int:
        """Return the days of a year that every part but BYWEEKNO and BYSETPOS leaves."""
        days = self._in_months(weekday, length)
        if self._rule.byyearday:
            days &= self._yeardays.within(length)
        if days and self._rule.byday and not self._by_month:
            days &= self._weekdays.within(weekday, length)
        return days

    def _in_months(self, weekday: int, length: int) -> int:
        """Return the days of a year that its months leave: BYMONTH and BYMONTHDAY, and BYDAY with the month's nth."""
        if not (self._rule.bymonth or self._rule.bymonthday):
            return full(length)
        kind = (weekday if self._by_month else 0, length)
        days = self._by_dates.get(kind)
        if days is None:
            months = months_of_year(length)
            wanted = [months[number - 1] for number in self._rule.bymonth] or months
            days = sum(self._in_month((weekday + passed) % 7, own) << passed for passed, own in wanted)
            self._by_dates[kind] = days
        return days

    def _in_month(self, weekday: int, length: int) -> int:
        kind = (weekday if self._by_month else 0, length)
        days = self._by_dates.get(kind)
        if days is None:
            days = self._by_dates[kind] = self._on_monthdays(weekday, length)
        return days

    def _on_monthdays(self, weekday: int, length: int) -> int:
        """Return the days of a month by BYMONTHDAY, and by BYDAY where that numbers those of a month."""
        days = full(length)
        if self._rule.bymonthday:
            days = self._monthdays.within(length)
            if self._clamps and self._monthdays.beyond(length):
                days |= 1 << length - 1
        if self._by_month and self._rule.byday:
            days &= self._weekdays.within(weekday, length)
        return days

    def _in_weeks(self, year: Year) -> int:
        """Return the days of a year in weeks of BYWEEKNO; the first has four days of its year (ISO 8601).

        Days at either end may be in a week of the year beside it.
        """
        first, count = _weeks_of(self._rule.wkst, year.weekday, year.length)
        days = self._weeks.within(count) << 7
        if first > 0:
            _, before = _weeks_of(self._rule.wkst, year.weekday - year.length_before, year.length_before)
            days |= self._weeks.within(before) >> 7 * (before - 1)
        if first + 7 * count < year.length:
            _, after = _weeks_of(self._rule.wkst, year.weekday + year.length, year.length_after)
            days |= (self._weeks.within(after) & full(7)) << 7 * (count + 1)
        return days >> 7 - first


def _weeks_of(wkst: int, weekday: int, length: int) -> tuple[int, int]:
    """Return the day of a year on which its first week begins, from -3 to 3, and how many weeks it has."""
    first = 3 - (weekday + 3 - wkst) % 7
    after = 3 - (weekday + length + 3 - wkst) % 7
    return first, (length + after - first) // 7
