"""Rejects a rule that never leads beyond the start of its series."""

from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from functions.schedule.occurrences import SEARCH_YEARS, Occurrence, is_after_until, iterate_occurrences
from functions.schedule.periods import LAST_YEAR
from functions.schedule.rule import BY_DATE, Rule, RuleError


def check_rule_start(
    rule: Rule, *, start: datetime, zone: ZoneInfo, anchor: Literal["due", "completion"] = "due"
) -> None:
    """Raise :class:`RuleError` if a rule ends before ``start`` or never leads to another date.

    ``start`` is DTSTART, a naive wall-clock time in ``zone``. For example, ``FREQ=YEARLY;INTERVAL=4`` with 29 February
    never meets a leap year from 2025 on. The error names the part to change.

    A rule with a COUNT or UNTIL that leaves only the start is accepted. With ``anchor`` "completion" only UNTIL is
    checked, as the interval may then begin on any day.
    """
    if is_after_until(rule, start, zone):
        raise RuleError("UNTIL", "lies before the due date, which is the first occurrence")
    endless = replace(rule, count=None, until=None)
    # Close to the last year no rule has another date.
    if anchor == "completion" or start.year + SEARCH_YEARS > LAST_YEAR or _has_second_date(endless, start, zone):
        return
    present = [part for part in ("INTERVAL", *reversed(BY_DATE)) if getattr(rule, part.lower()) not in {(), 1}]
    for part in present:
        if _has_second_date(endless.without_part(part), start, zone):
            raise RuleError(part, "never leads to another date from this due date")
    raise RuleError("FREQ", "never leads to another date from this due date")


def _has_second_date(rule: Rule, start: datetime, zone: ZoneInfo) -> bool:
    after = Occurrence(1, start)
    return next(iterate_occurrences(rule, start=start, zone=zone, after=after), None) is not None
