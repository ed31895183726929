"""The Gregorian calendar as a cycle of 400 years, with its few kinds of years and months.

Years that begin on the same weekday and have the same length have the same days. A rule is therefore evaluated once
for a kind of year or month, and not once for each.
"""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Final, Generic, NamedTuple, TypeVar

Kind = TypeVar("Kind")

CYCLE_YEARS: Final = 400
"""The calendar repeats after this many years, which are a whole number of weeks."""


class YearKind(NamedTuple):
    """A kind of year: its first weekday (Monday is 0), its length, and the lengths of the years before and after it."""

    weekday: int
    length: int
    length_before: int
    length_after: int


class MonthKind(NamedTuple):
    """A kind of month: its number from 1, its first weekday (Monday is 0), and its length in days."""

    number: int
    weekday: int
    length: int


class CalendarCycle(NamedTuple, Generic[Kind]):
    """All periods of 400 years: the distinct kinds, and their order from a year that 400 divides."""

    kinds: tuple[Kind, ...]
    order: bytes
    """For each period, the index of its kind in ``kinds``."""


@cache
def month_offsets(year_length: int) -> tuple[tuple[int, int], ...]:
    """Return a pair for each month: the days of the year before the month, and the days of the month.

    >>> month_offsets(365)[:3]
    ((0, 31), (31, 28), (59, 31))
    """
    lengths = (31, year_length - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return tuple(zip(accumulate(lengths, initial=0), lengths, strict=False))


def _year_kind(year: int) -> YearKind:
    length, before, after = (366 if isleap(number) else 365 for number in (year, year - 1, year + 1))
    return YearKind(date(year, 1, 1).weekday(), length, before, after)


@cache
def _month_kinds(year: YearKind) -> tuple[MonthKind, ...]:
    months = enumerate(month_offsets(year.length), 1)
    return tuple(MonthKind(number, (year.weekday + offset) % 7, length) for number, (offset, length) in months)


def _build_cycle(periods: Iterable[Kind]) -> CalendarCycle[Kind]:
    order = list(periods)
    kinds = tuple(dict.fromkeys(order))
    indices = {kind: index for index, kind in enumerate(kinds)}
    return CalendarCycle(kinds, bytes(indices[kind] for kind in order))


_EACH_YEAR: Final = [_year_kind(year) for year in range(2000, 2000 + CYCLE_YEARS)]

YEARS_WITH_NEIGHBOURS: Final = _build_cycle(_EACH_YEAR)
"""Years by all fields. Week numbers depend on the years before and after."""
YEARS: Final = _build_cycle(YearKind(year.weekday, year.length, 365, 365) for year in _EACH_YEAR)
"""Years by first weekday and length only: fewer kinds, for rules without week numbers."""
MONTHS: Final = _build_cycle(month for year in _EACH_YEAR for month in _month_kinds(year))
