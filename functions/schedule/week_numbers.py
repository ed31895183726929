"""The numbered weeks of a year, for BYWEEKNO: week 1 is the first week with four days in its year (ISO 8601)."""

from functions.schedule.day_sets import DayNumbers, first_days
from functions.schedule.gregorian import YearKind


def select_weeks(numbers: DayNumbers, year: YearKind, week_start: int) -> int:
    """Return the days of a year in weeks with these numbers, for weeks that begin on ``week_start`` (Monday is 0).

    The first and the last days of a year may belong to a week of the year before or after.
    """
    first, count = _locate_weeks(year.weekday, year.length, week_start)
    days = numbers.select(count) << 7  # bit 0 is now seven days before week 1, which may begin in the year before
    if first > 0:
        _, count_before = _locate_weeks(year.weekday - year.length_before, year.length_before, week_start)
        days |= numbers.select(count_before) >> (7 * (count_before - 1))
    if first + (7 * count) < year.length:
        _, count_after = _locate_weeks(year.weekday + year.length, year.length_after, week_start)
        days |= (numbers.select(count_after) & first_days(7)) << (7 * (count + 1))
    return days >> (7 - first)


def _locate_weeks(weekday: int, length: int, week_start: int) -> tuple[int, int]:
    """Return the day, from -3 to 3, on which week 1 of a year begins, and the number of weeks in the year.

    ``weekday`` is the first weekday of the year, ``length`` its number of days.

    >>> _locate_weeks(weekday=3, length=365, week_start=0)  # 2026 begins on a Thursday: week 1 on 29 December
    (-3, 53)
    """
    first = 3 - ((weekday + 3 - week_start) % 7)
    first_after = 3 - ((weekday + length + 3 - week_start) % 7)
    return first, (length + first_after - first) // 7
