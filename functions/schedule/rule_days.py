"""The days that a rule selects in one period: a month, a year, or the weeks of a year (RFC 5545, section 3.3.10)."""

from dataclasses import replace
from datetime import date
from typing import Final

from functions.schedule.day_sets import DayNumbers, NthWeekdays, first_days, select_positions
from functions.schedule.gregorian import MONTHS, YEARS, YEARS_WITH_NEIGHBOURS, MonthKind, YearKind, month_offsets
from functions.schedule.rule import Rule
from functions.schedule.week_numbers import select_weeks

_WEEKS_OF_MONTH: Final = 5
_WEEKS_OF_YEAR: Final = 54
"""Enough for every year and for the part of its last week that lies in the next year."""


def is_satisfiable(rule: Rule) -> bool:
    """Return whether any day satisfies the BY parts of a rule, regardless of its start."""
    days = RuleDays(rule, date(2000, 1, 1))
    if rule.freq == "WEEKLY":
        return days.select_in_whole_week() > 0  # every month has a whole week
    if rule.freq == "MONTHLY":
        return any(map(days.select_in_month, MONTHS.kinds))
    return any(map(days.select_in_year, (YEARS_WITH_NEIGHBOURS if rule.byweekno else YEARS).kinds))


def complete_rule(rule: Rule, start: date) -> Rule:
    """Return a rule with missing BY parts taken from its start, as RFC 5545 requires.

    For example, ``FREQ=WEEKLY`` from a Monday becomes ``FREQ=WEEKLY;BYDAY=MO``.
    """
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


class RuleDays:
    """The days that a rule selects in each kind of period. Every method returns a set of :mod:`day_sets`."""

    def __init__(self, rule: Rule, start: date) -> None:
        """Prepare the numbers of a rule. The days of a period are computed on demand."""
        self._rule = rule = complete_rule(rule, start)
        # The nth weekday counts in the month, or in the year if a yearly rule has no BYMONTH.
        self._by_month = rule.freq == "MONTHLY" or bool(rule.bymonth and any(ordinal for ordinal, _ in rule.byday))
        self._weekdays = NthWeekdays(rule.byday, _WEEKS_OF_MONTH if self._by_month else _WEEKS_OF_YEAR)
        self._monthdays = DayNumbers(rule.bymonthday, 31)
        self._yeardays = DayNumbers(rule.byyearday, 366)
        self._weeks = DayNumbers(rule.byweekno, 53, width=7)
        self._positions = DayNumbers(rule.bysetpos, 366)
        self._fewest = min(map(abs, rule.bysetpos), default=0)
        self._clamps = rule.month_end == "clamp" and rule.freq != "DAILY" and not (rule.byyearday or rule.byweekno)
        self._year_cache: dict[tuple[int, int], int] = {}
        # Months and years share this cache: their lengths differ. The weekday in the key is 0 if it does not matter.
        self._date_cache: dict[tuple[int, int], int] = {}

    def select_in_month(self, month: MonthKind) -> int:
        """Return the days of a month, for a monthly rule."""
        if self._rule.bymonth and month.number not in self._rule.bymonth:
            return 0
        return self.apply_positions(self._month_days(month.weekday, month.length))

    def select_in_year(self, year: YearKind) -> int:
        """Return the days of a year, for a yearly or a daily rule. A daily rule has periods of one day."""
        key = (year.weekday, year.length)
        days = self._year_cache.get(key)
        if days is None:
            days = self._year_cache[key] = self._year_days(*key)
        if days and self._rule.byweekno:
            days &= select_weeks(self._weeks, year, self._rule.wkst)
        if self._rule.freq == "YEARLY":
            return self.apply_positions(days)
        return days if self._fewest <= 1 else 0

    def select_in_weeks(self, year: YearKind) -> int:
        """Return the days of all weeks that begin in a year, for a weekly rule.

        The last week may extend into the next year. BYSETPOS is not applied, as it counts in each week.
        """
        dates = self._days_by_month(year.weekday, year.length)
        begin = (self._rule.wkst - year.weekday) % 7
        weeks = first_days((year.length - begin + 6) // 7 * 7) << begin
        return (dates | (dates << year.length)) & weeks & self._weekdays.select(year.weekday, year.length + 6)

    def select_in_whole_week(self) -> int:
        """Return the days of a week from Monday to Sunday within one month, for a weekly rule."""
        return self.apply_positions(self._weekdays.select(0, 7))

    def apply_positions(self, days: int) -> int:
        """Return the days of one period that BYSETPOS leaves."""
        if not self._rule.bysetpos:
            return days
        return select_positions(days, self._positions) if days.bit_count() >= self._fewest else 0

    def _year_days(self, weekday: int, length: int) -> int:
        """Return the days of a year that every part but BYWEEKNO and BYSETPOS leaves."""
        days = self._days_by_month(weekday, length)
        if self._rule.byyearday:
            days &= self._yeardays.select(length)
        if days and self._rule.byday and not self._by_month:
            days &= self._weekdays.select(weekday, length)
        return days

    def _days_by_month(self, weekday: int, length: int) -> int:
        """Return the days of a year that BYMONTH and BYMONTHDAY leave, and BYDAY if it counts in the month."""
        if not (self._rule.bymonth or self._rule.bymonthday):
            return first_days(length)
        key = (weekday if self._by_month else 0, length)
        days = self._date_cache.get(key)
        if days is None:
            months = month_offsets(length)
            wanted = [months[number - 1] for number in self._rule.bymonth] or months
            days = sum(self._month_days((weekday + offset) % 7, size) << offset for offset, size in wanted)
            self._date_cache[key] = days
        return days

    def _month_days(self, weekday: int, length: int) -> int:
        """Return the days of a month that BYMONTHDAY leaves, and BYDAY if it counts in the month."""
        key = (weekday if self._by_month else 0, length)
        days = self._date_cache.get(key)
        if days is None:
            days = self._date_cache[key] = self._compute_month_days(weekday, length)
        return days

    def _compute_month_days(self, weekday: int, length: int) -> int:
        days = first_days(length)
        if self._rule.bymonthday:
            days = self._monthdays.select(length)
            if self._clamps and self._monthdays.has_number_beyond(length):
                days |= 1 << (length - 1)
        if self._by_month and self._rule.byday:
            days &= self._weekdays.select(weekday, length)
        return days
