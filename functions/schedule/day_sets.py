"""Sets of days as integers: bit 0 is the first day of a period, bit 1 is the second, and so on.

Each BY part of a rule selects days independently of the others. As integers, the selections combine with one ``&``.
"""

from collections.abc import Iterable, Iterator
from itertools import compress, count
from typing import Final

_DIGIT_TO_FLAG: Final = bytes.maketrans(b"01", b"\x00\x01")


def first_days(length: int) -> int:
    """Return the set of the first ``length`` days.

    >>> bin(first_days(3))
    '0b111'
    """
    return (1 << length) - 1


def iterate_days(days: int) -> Iterator[int]:
    """Yield the days of a set in ascending order. The first day of the period is 0.

    >>> list(iterate_days(0b1101))
    [0, 2, 3]
    """
    return compress(count(), f"{days:b}"[::-1].encode().translate(_DIGIT_TO_FLAG))


def every_nth_day(step: int, length: int) -> int:
    """Return the first day and every ``step``-th day after it, for a period of at least ``length`` days.

    The set may continue beyond ``length``: callers cut it with another set.

    >>> list(iterate_days(every_nth_day(3, 7)))
    [0, 3, 6, 9]
    """
    days, width = 1, step
    while width < length:
        days |= days << width
        width *= 2
    return days


_MONDAYS: Final = every_nth_day(7, 7 * 54)
_UNTIL_SUNDAY: Final = tuple(_MONDAYS * first_days(7 - weekday) for weekday in range(7))
"""For each weekday: of all weeks that begin on that weekday, the days up to and including Sunday."""
_AFTER_SUNDAY: Final = tuple(_MONDAYS * (first_days(7) ^ first_days(7 - weekday)) for weekday in range(7))
"""For each weekday: of all weeks that begin on that weekday, the days after Sunday."""


class DayNumbers:
    """Numbers of days or weeks in a period, counted from 1 at its start or from -1 at its end.

    >>> first_and_last = DayNumbers([1, -1], longest=31)
    >>> list(iterate_days(first_and_last.select(28)))
    [0, 27]
    """

    def __init__(self, numbers: Iterable[int], longest: int, width: int = 1) -> None:
        """Prepare ``numbers`` for periods of at most ``longest`` units, each ``width`` days long (7 for weeks)."""
        unit = first_days(width)
        self._longest, self._width = longest, width
        self._from_start = self._from_end = 0
        for number in numbers:
            if number > 0:
                self._from_start |= unit << (width * (number - 1))
            else:
                self._from_end |= unit << (width * (longest + number))

    def select(self, length: int) -> int:
        """Return the days with these numbers in a period of ``length`` units."""
        from_end = self._from_end >> (self._width * (self._longest - length))
        return (self._from_start & first_days(self._width * length)) | from_end

    def has_number_beyond(self, length: int) -> bool:
        """Return whether a number is larger than ``length``, such as 31 for a month of 30 days."""
        return (self._from_start >> (self._width * length)) > 0


class NthWeekdays:
    """Weekdays of a period: every one, or the nth from either end. Monday is 0.

    >>> first_monday = NthWeekdays([(1, 0)], weeks=5)
    >>> list(iterate_days(first_monday.select(weekday=6, length=30)))  # a month that begins on a Sunday
    [1]
    """

    def __init__(self, byday: Iterable[tuple[int, int]], weeks: int) -> None:
        """Prepare pairs of an ordinal (0 for every week) and a weekday, for periods of at most ``weeks`` weeks."""
        self._days = 7 * weeks
        self._from_start = self._from_end = 0
        for ordinal, weekday in byday:
            if ordinal == 0:
                self._from_start |= every_nth_day(7, self._days) << weekday
            elif 0 < ordinal <= weeks:
                self._from_start |= 1 << ((7 * (ordinal - 1)) + weekday)
            elif -weeks <= ordinal < 0:
                self._from_end |= 1 << ((7 * (weeks + ordinal)) + weekday)

    def select(self, weekday: int, length: int) -> int:
        """Return the selected days of a period of ``length`` days that begins on ``weekday``."""
        days = _shift_week_start(self._from_start, weekday) & first_days(length)
        if self._from_end:
            days |= _shift_week_start(self._from_end, (weekday + length) % 7) >> (self._days - length)
        return days


def _shift_week_start(days: int, weekday: int) -> int:
    """Convert days of weeks that begin on Monday to days of weeks that begin on ``weekday``.

    >>> bin(_shift_week_start(0b0000001, 6))  # Monday is the second day of a week that begins on Sunday
    '0b10'
    """
    until_sunday = (days >> weekday) & _UNTIL_SUNDAY[weekday]
    after_sunday = (days << (7 - weekday)) & _AFTER_SUNDAY[weekday]
    return until_sunday | after_sunday


def select_positions(days: int, positions: DayNumbers) -> int:
    """Return the days at numbered positions within a set (BYSETPOS).

    >>> bin(select_positions(0b1101, DayNumbers([1, -1], longest=366)))
    '0b1001'
    """
    members = list(iterate_days(days))
    return sum(1 << members[position] for position in iterate_days(positions.select(len(members))))
