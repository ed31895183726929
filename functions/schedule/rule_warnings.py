"""Warns of surprising effects of a recurrence rule: skipped months, leap years, and clock changes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from functions.schedule.occurrences import Occurrence, has_elapsed_steps, iterate_occurrences
from functions.schedule.rule import Rule
from functions.schedule.rule_summary import depends_on_month_day
from functions.schedule.wall_clock import to_instant, to_wall_clock

LOOK_AHEAD: Final = 400
"""The number of occurrences that are examined for clock changes: more than one year of days."""

_FEBRUARY: Final = 2


def find_rule_warnings(rule: Rule, *, start: datetime, zone: ZoneInfo) -> list[str]:
    """Return one sentence for each surprising effect of a rule.

    ``start`` is DTSTART, a naive wall-clock time in ``zone``.
    """
    found = []
    skips = depends_on_month_day(rule) and rule.month_end == "skip"
    days = (rule.bymonthday or (start.day,)) if skips else ()
    yearly = rule.freq == "YEARLY" and not rule.bymonthday
    months = rule.bymonth or ((start.month,) if yearly else tuple(range(1, 13)))
    if {29, 30} & set(days) and (rule.freq == "MONTHLY" or len(months) > 1) and _FEBRUARY in months:
        found.append("February has no such day in most years: it is skipped then; monthEnd clamp takes its last day")
    if {31} & set(days) and {2, 4, 6, 9, 11} & set(months):
        found.append("months without a day 31 are skipped; monthEnd clamp takes their last day instead")
    if rule.freq == "YEARLY" and {29} & set(days) and months == (_FEBRUARY,):
        found.append("29 February comes in leap years only; monthEnd clamp takes the 28th in others")
    if any(abs(ordinal) == 5 for ordinal, _ in rule.byday) and (rule.freq == "MONTHLY" or rule.bymonth):  # noqa: PLR2004 - the fifth weekday
        found.append("most months have no fifth such weekday: they are skipped; -1 is the last one of every month")
    return [*found, *_iterate_clock_warnings(rule, start, zone)]


def _iterate_clock_warnings(rule: Rule, start: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Yield a sentence for the first occurrence in a gap of the clock and one for the first in a fold."""
    if has_elapsed_steps(rule):
        return
    following = iterate_occurrences(rule, start=start, zone=zone, after=Occurrence(1, start))
    walls = [occurrence.wall for occurrence in islice(following, LOOK_AHEAD)]
    for wall in [start, *walls]:
        moved = to_wall_clock(to_instant(wall, zone), zone)
        if moved != wall:
            yield f"on {wall:%-d %B %Y} clocks skip {wall:%H:%M}: it will be {moved:%H:%M}"
            break
    for wall in walls:
        if _occurs_twice(wall, zone):
            yield f"on {wall:%-d %B %Y} clocks show {wall:%H:%M} twice: it will be the first time"
            break


def _occurs_twice(wall: datetime, zone: ZoneInfo) -> bool:
    moment = to_instant(wall, zone)
    return moment != wall.replace(tzinfo=zone, fold=1).astimezone(UTC) and to_wall_clock(moment, zone) == wall
