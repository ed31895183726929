"""Finds the occurrence that follows a completed one, by the anchor and the policy for missed occurrences."""

from collections.abc import Collection
from datetime import datetime
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

from functions.schedule.occurrences import (
    Occurrence,
    elapsed_step,
    has_elapsed_steps,
    is_after_until,
    iterate_occurrences,
)
from functions.schedule.rule import Rule
from functions.schedule.wall_clock import to_instant, to_wall_clock


def find_next_occurrence(
    rule: Rule,
    *,
    start: datetime,
    zone: ZoneInfo,
    current: Occurrence,
    anchor: Literal["due", "completion"],
    missed: Literal["skip", "latest", "all"],
    completed_at: datetime,
    moved_to: datetime | None = None,
    exdates: Collection[datetime] = (),
) -> Occurrence | None:
    """Return the occurrence after ``current``, or None if the rule has ended.

    ``start`` is DTSTART, a naive wall-clock time in ``zone``. ``completed_at``, ``moved_to`` and ``exdates`` are
    instants; ``moved_to`` is the due date of ``current`` if its owner moved it.

    With ``anchor`` "due" the rule continues on the calendar, after ``current`` and after ``moved_to``. ``missed``
    decides about occurrences before ``completed_at``: "skip" skips all, "latest" returns the newest of them, "all"
    returns each in turn. Skipped occurrences count towards COUNT.

    With ``anchor`` "completion" the rule counts from the day of completion, at the time of day of the series. If that
    day never leads to another occurrence, the rule continues on the calendar.
    """
    if anchor == "completion":
        done = to_wall_clock(completed_at, zone)
        restart = done if has_elapsed_steps(rule) else datetime.combine(done.date(), start.time())
        after = Occurrence(current.number, restart)
        candidates = (
            iterate_occurrences(rule, start=begin, zone=zone, after=after, exdates=exdates)
            for begin in (restart, start)
        )
        return next(chain.from_iterable(candidates), None)
    reached = moved_to or to_instant(current.wall, zone)
    if has_elapsed_steps(rule):
        last_passed = reached if missed == "all" else max(reached, completed_at)
        current = _skip_ahead(rule, start, zone, current, last_passed, spare=1 + len(exdates))
    newest_missed = None
    for occurrence in iterate_occurrences(rule, start=start, zone=zone, after=current, exdates=exdates):
        moment = to_instant(occurrence.wall, zone)
        if moment <= reached:
            continue
        if missed == "all" or moment > completed_at:
            return newest_missed or occurrence
        newest_missed = occurrence if missed == "latest" else None
    return newest_missed


def _skip_ahead(
    rule: Rule, start: datetime, zone: ZoneInfo, current: Occurrence, moment: datetime, *, spare: int
) -> Occurrence:
    """Return the ``spare``-th occurrence before ``moment`` or before the rule's end, or ``current`` if that is later.

    A MINUTELY rule may have millions of occurrences between ``current`` and ``moment``; they are counted in one step.
    """
    step, begin = elapsed_step(rule), to_instant(start, zone)
    if rule.until and is_after_until(rule, to_wall_clock(moment, zone), zone):
        until = rule.until if isinstance(rule.until, datetime) else datetime.combine(rule.until, datetime.max.time())
        moment = until if until.tzinfo else to_instant(until, zone)
    done = (to_instant(current.wall, zone) - begin) // step
    passed = ((moment - begin) // step) - done
    if rule.count is not None:
        passed = min(passed, rule.count - current.number)
    passed -= spare
    if passed <= 0:
        return current
    return Occurrence(current.number + passed, to_wall_clock(begin + (step * (done + passed)), zone))
