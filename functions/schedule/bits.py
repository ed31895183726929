"""Sets of days as the bits of a number: bit 0 is the first day of a period, so that BY parts meet in one ``&``."""

from collections.abc import Iterable, Iterator
from itertools import compress, count
from typing import Final

_TRUTH: Final = bytes.maketrans(b"01", b"\x00\x01")


def full(length: int) -> int:
    """Return the set of the first ``length`` days."""
    return (1 << length) - 1


def members(bits: int) -> Iterator[int]:
    """Yield the days of a set in order, the first as 0."""
    return compress(count(), f"{bits:b}"[::-1].encode().translate(_TRUTH))


def every(step: int, length: int) -> int:
    """Return the first day and every ``step``th after it, up to ``length`` days at least."""
    bits, width = 1, step
    while width < length:
        bits |= bits << width
        width *= 2
    return bits


_WEEKS: Final = every(7, 7 * 54)
_LATER: Final = tuple(_WEEKS * full(7 - weekday) for weekday in range(7))
_EARLIER: Final = tuple(_WEEKS * (full(7) ^ full(7 - weekday)) for weekday in range(7))
"""Of each week that begins on a weekday, the days up to Sunday, and those from Monday on."""


class Numbers:
    """Numbers that count from 1, or from -1 at the end; each stands for ``width`` days (7 for weeks)."""

    def __init__(self, numbers: Iterable[int], longest: int, width: int = 1) -> None:
        """Read numbers of periods that have ``longest`` of them at most."""
        unit = full(width)
        self._longest, self._width = longest, width
        self._from_start = self._from_end = 0
        for number in numbers:
            if number > 0:
                self._from_start |= unit << width * (number - 1)
            else:
                self._from_end |= unit << width * (longest + number)

    def within(self, length: int) -> int:
        """Return their days in a period that counts up to ``length``."""
        from_end = self._from_end >> self._width * (self._longest - length)
        return self._from_start & full(self._width * length) | from_end

    def beyond(self, length: int) -> bool:
        """Tell whether any number counts further than ``length``."""
        return self._from_start >> self._width * length > 0


class Weekdays:
    """Weekdays, each one or the nth from either end of a period; Monday is 0."""

    def __init__(self, byday: Iterable[tuple[int, int]], weeks: int) -> None:
        """Read pairs of an ordinal, or 0, and a weekday, for periods of ``weeks`` weeks at most."""
        self._days = 7 * weeks
        self._from_start = self._from_end = 0
        for ordinal, weekday in byday:
            if ordinal == 0:
                self._from_start |= every(7, self._days) << weekday
            elif 0 < ordinal <= weeks:
                self._from_start |= 1 << 7 * (ordinal - 1) + weekday
            elif -weeks <= ordinal < 0:
                self._from_end |= 1 << 7 * (weeks + ordinal) + weekday

    def within(self, weekday: int, length: int) -> int:
        """Return their days in a period of ``length`` days that begins on a weekday."""
        days = _turned(self._from_start, weekday) & full(length)
        if self._from_end:
            days |= _turned(self._from_end, (weekday + length) % 7) >> self._days - length
        return days


def _turned(bits: int, weekday: int) -> int:
    """Return days of weeks that begin on Monday as those of weeks that begin on another weekday."""
    return bits >> weekday & _LATER[weekday] | bits << 7 - weekday & _EARLIER[weekday]


def at_positions(bits: int, positions: Numbers) -> int:
    """Return the days at numbered positions of a set (BYSETPOS)."""
    days = list(members(bits))
    return sum(1 << days[position] for position in members(positions.within(len(days))))
