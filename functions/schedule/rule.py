"""A recurrence rule (RFC 5545, section 3.3.10) as data. :mod:`rule_parser` reads one from text."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

FREQUENCIES: Final = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BY_DATE: Final = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS")
"""The BY parts, in the order in which RFC 5545 applies them."""

MonthEnd = Literal["skip", "clamp"]
"""The treatment of a day that a month does not have: skip the month, or use its last day (RFC 7529, section 4.1)."""


class RuleError(ValueError):
    """A rule that cannot be followed.

    ``part`` is the part to change, such as ``BYDAY``. ``message`` gives the reason, without the part's name.
    """

    def __init__(self, part: str, message: str) -> None:
        super().__init__(f"{part} {message}")
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class Rule:
    """A valid recurrence rule. Each field holds the part of the same name; a tuple is empty if the part is absent.

    Numbers in BY parts may be negative and then count from the end of the period.
    """

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    """The last possible occurrence: a date, a naive wall-clock time, or an instant in UTC."""
    bymonth: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byday: tuple[tuple[int, int], ...] = ()
    """Pairs of an ordinal, or 0 for every week, and a weekday, with Monday as 0."""
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0
    """The weekday on which weeks begin, with Monday as 0."""
    month_end: MonthEnd = "skip"

    def without_part(self, part: str) -> "Rule":
        """Return the rule without its INTERVAL or without one of its BY parts."""
        absent: object = 1 if part == "INTERVAL" else ()
        return replace(self, **{part.lower(): absent})  # type: ignore[arg-type] # every BY part is a tuple
