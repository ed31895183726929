"""The Gregorian calendar: it repeats after 400 years of whole weeks, and its years and months are of few kinds."""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Final, Generic, NamedTuple, TypeVar

Kind = TypeVar("Kind")

CYCLE_YEARS: Final = 400


class Year(NamedTuple):
    """A kind of year: the weekday it begins on, its length, and those of the years beside it, which share its weeks."""

    weekday: int
    length: int
    length_before: int
    length_after: int


class Month(NamedTuple):
    """A kind of month: its number from 1, the weekday it begins on, and its length."""

    number: int
    weekday: int
    length: int


class Cycle(NamedTuple, Generic[Kind]):
    """Periods that repeat: their kinds, and which comes when, from a year on that 400 divides."""

    kinds: tuple[Kind, ...]
    order: bytes
    """Indices of ``kinds``."""


@cache
def months_of_year(length: int) -> tuple[tuple[int, int], ...]:
    """Return, for each month of a year with so many days, how many have passed before it, and its own length."""
    lengths = (31, length - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return tuple(zip(accumulate(lengths, initial=0), lengths, strict=False))


def _year(number: int) -> Year:
    own, before, after = (366 if isleap(year) else 365 for year in (number, number - 1, number + 1))
    return Year(date(number, 1, 1).weekday(), own, before, after)


@cache
def _months(year: Year) -> tuple[Month, ...]:
    months = enumerate(months_of_year(year.length), 1)
    return tuple(Month(number, (year.weekday + passed) % 7, length) for number, (passed, length) in months)


def _cycle(periods: Iterable[Kind]) -> Cycle[Kind]:
    order = list(periods)
    kinds = tuple(dict.fromkeys(order))
    indices = {kind: index for index, kind in enumerate(kinds)}
    return Cycle(kinds, bytes(indices[kind] for kind in order))


_EACH: Final = [_year(number) for number in range(2000, 2000 + CYCLE_YEARS)]

YEARS_AND_WEEKS: Final = _cycle(_EACH)
YEARS: Final = _cycle(Year(year.weekday, year.length, 365, 365) for year in _EACH)
"""Alike whatever the years beside them, which only weeks have to do with."""
MONTHS: Final = _cycle(month for year in _EACH for month in _months(year))
