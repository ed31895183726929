"""The kinds of years and months, compared with the calendar of the standard library."""

from calendar import isleap, monthrange
from datetime import date

from functions.schedule.gregorian import CYCLE_YEARS, MONTHS, YEARS, YEARS_WITH_NEIGHBOURS, MonthKind

SOME_YEARS = [*range(1, 9998, 7), 1582, 1900, 2000, 2100, 2400]


def test_each_year_has_its_kind() -> None:
    """The kind has the first weekday of the year, its length, and the lengths of the years before and after."""
    for year in SOME_YEARS:
        kind = YEARS_WITH_NEIGHBOURS.kinds[YEARS_WITH_NEIGHBOURS.order[year % CYCLE_YEARS]]
        lengths = tuple(365 + isleap(one) for one in (year, year - 1, year + 1))
        assert kind == (date(year, 1, 1).weekday(), *lengths)
        assert YEARS.kinds[YEARS.order[year % CYCLE_YEARS]][:2] == kind[:2]


def test_each_month_has_its_kind() -> None:
    """The kind has the first weekday of the month and its length."""
    for year in SOME_YEARS:
        for month in range(1, 13):
            kind = MONTHS.kinds[MONTHS.order[(year * 12 + month - 1) % (12 * CYCLE_YEARS)]]
            assert kind == MonthKind(month, *monthrange(year, month))


def test_there_are_few_kinds() -> None:
    """Seven weekdays times 2 lengths of years, 4 positions between leap years, and 13 kinds of months."""
    assert (len(YEARS.kinds), len(YEARS_WITH_NEIGHBOURS.kinds), len(MONTHS.kinds)) == (14, 28, 91)
