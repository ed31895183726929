"""The arithmetic of the benchmarks: percentiles, ratios, and the verdict on a goal."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of the values do not exceed; NaN without values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the median; NaN without values."""
    return statistics.median(values) if values else math.nan


def ratio(value: float, base: float) -> float:
    """Return ``value / base``; NaN if the base is 0 or unknown."""
    return value / base if base else math.nan


def median_ratio(values: Sequence[float], bases: Sequence[float]) -> float:
    """Return the median of the ratios of neighbours: each value and the base that was measured in the same round."""
    return median([ratio(value, base) for value, base in zip(values, bases, strict=False)])


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit and the measured value. ``bound`` says on which side of the limit the value has to be."""

    text: str
    measured: float
    bound: Literal["at least", "at most"]
    limit: float
    unit: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the value is on the right side of the limit. An unknown value is not."""
        return self.measured >= self.limit if self.bound == "at least" else self.measured <= self.limit

    @property
    def verdict(self) -> str:
        """``reached``, or by which factor the goal is missed, such as ``missed: 2.4 times too much``."""
        if math.isnan(self.measured):
            return "not measured"
        if self.is_reached:
            return "reached"
        if self.bound == "at least":
            return f"missed: {ratio(self.measured, self.limit):.0%} of it" if self.measured else "missed: nothing"
        return f"missed: {self.measured / self.limit:.1f} times it" if self.limit else f"missed: {self.measured:g}"
