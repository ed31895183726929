"""A rule and where it begins: whether anything comes after the first occurrence."""

from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from functions.schedule.periods import LAST_YEAR
from functions.schedule.rule import BY_DATE, Rule, RuleError
from functions.schedule.series import GIVE_UP_YEARS, Occurrence, is_over, occurrences


def check_beginning(
    rule: Rule, *, start: datetime, zone: ZoneInfo, anchor: Literal["due", "completion"] = "due"
) -> None:
    """Raise the :class:`RuleError` of a rule that leads nowhere from its start, a wall-clock time.

    It ends before it begins, or its days and its beat never meet: ``INTERVAL=4`` and 29 February from an odd year on.
    An end that leaves the start alone is as good as any: the task comes once. From a completion the beat may begin
    on any day.
    """
    if is_over(rule, start, zone):
        raise RuleError("UNTIL", "lies before the due date, which is the first occurrence")
    endless = replace(rule, count=None, until=None)
    # Near the end of the calendar nothing is left to come, whatever the rule.
    if anchor == "completion" or start.year + GIVE_UP_YEARS > LAST_YEAR or _goes_on(endless, start, zone):
        return
    present = [part for part in ("INTERVAL", *reversed(BY_DATE)) if getattr(rule, part.lower()) not in {(), 1}]
    for part in present:
        if _goes_on(endless.without(part), start, zone):
            raise RuleError(part, "never leads to another date from this due date")
    raise RuleError("FREQ", "never leads to another date from this due date")


def _goes_on(rule: Rule, start: datetime, zone: ZoneInfo) -> bool:
    return next(occurrences(rule, start=start, zone=zone, after=Occurrence(1, start)), None) is not None
