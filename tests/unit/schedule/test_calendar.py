"""The calendar's 400 years against the standard library's."""

from calendar import isleap, monthrange
from datetime import date

from functions.schedule.calendar import (
    CYCLE_YEARS,
    MONTHS,
    YEARS,
    YEARS_AND_WEEKS,
    Month,
)

SOME_YEARS = [*range(1, 9998, 7), 1582, 1900, 2000, 2100, 2400]


def test_a_year_is_of_its_kind() -> None:
    """It begins on a weekday, and has a length, as have the years beside it."""
    for year in SOME_YEARS:
        kind = YEARS_AND_WEEKS.kinds[YEARS_AND_WEEKS.order[year % CYCLE_YEARS]]
        lengths = tuple(365 + isleap(one) for one in (year, year - 1, year + 1))
        assert kind == (date(year, 1, 1).weekday(), *lengths)
        assert YEARS.kinds[YEARS.order[year % CYCLE_YEARS]][:2] == kind[:2]


def test_a_month_is_of_its_kind() -> None:
    """It begins on a weekday, and has a length."""
    for year in SOME_YEARS:
        for month in range(1, 13):
            kind = MONTHS.kinds[MONTHS.order[(year * 12 + month - 1) % (12 * CYCLE_YEARS)]]
            assert kind == Month(month, *monthrange(year, month))


def test_there_are_few_kinds() -> None:
    """Seven weekdays for years of two lengths, for four years from leap to leap, and for months and two Februaries."""
    assert (len(YEARS.kinds), len(YEARS_AND_WEEKS.kinds), len(MONTHS.kinds)) == (14, 28, 91)
