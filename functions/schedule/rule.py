"""Recurrence rules: RFC 5545, section 3.3.10, read and checked part by part."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

FREQUENCIES: Final = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BY_DATE: Final = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS")

MonthEnd = Literal["skip", "clamp"]


class RuleError(ValueError):
    """A rule that cannot be followed; ``part`` is the one to change, ``message`` says why."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(f"{part} {message}")
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. Numbers in ``by…`` may be negative and then count from the end; ``byday`` has (ordinal or 0, weekday)."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    """A date, a naive wall-clock time, or a moment in UTC; the last that may be."""
    bymonth: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byday: tuple[tuple[int, int], ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0
    month_end: MonthEnd = "skip"
    """What becomes of a day that a month lacks: SKIP=OMIT or BACKWARD of RFC 7529, section 4.1."""

    def without(self, part: str) -> "Rule":
        """Return the rule with its INTERVAL or one of its BY parts taken away."""
        left: object = 1 if part == "INTERVAL" else ()
        return replace(self, **{part.lower(): left})  # type: ignore[arg-type] # every BY part is a tuple
