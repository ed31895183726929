"""Computes when the next occurrence of a recurring task is due."""

from datetime import datetime
from typing import NamedTuple

from events.fields import LATEST, zone_of
from events.task import Series, Task
from functions.schedule.next_occurrence import find_next_occurrence
from functions.schedule.occurrences import Occurrence, has_elapsed_steps
from functions.schedule.rule_parser import parse_rule
from functions.schedule.wall_clock import to_instant, to_wall_clock


class NextDueDate(NamedTuple):
    """The number of an occurrence in its series, from 1, and its due date."""

    number: int
    due_at: datetime


def compute_next_due_date(task: Task, series: Series, *, completed_at: datetime) -> NextDueDate | None:
    """Return the number and the due date of the occurrence after ``task``, completed at ``completed_at``.

    Returns None if the rule has ended, or if the next date lies beyond :data:`LATEST`.

    Moving an occurrence does not move the series. If the owner moved it earlier, its original time is not used again.
    If the owner moved it later, the occurrences that it passed are skipped, and count towards COUNT.
    """
    if task.due_at is None:
        return None
    zone = zone_of(series.time_zone)
    wall = to_wall_clock(task.recurrence_id or task.due_at, zone)
    rule, start = parse_rule(series.recurrence.rule, series.recurrence.month_end), series.start
    if task.recurrence_id and has_elapsed_steps(rule):
        start = wall  # also on the rule's interval, and in a fold the right one of two equal times
    found = find_next_occurrence(
        rule,
        start=start,
        zone=zone,
        current=Occurrence(task.occurrence or 1, wall),
        anchor=series.recurrence.anchor,
        missed=series.recurrence.missed,
        moved_to=task.due_at,
        completed_at=completed_at,
        exdates=series.exdates,
    )
    if found is None:
        return None
    due_at = to_instant(found.wall, zone)
    return NextDueDate(found.number, due_at) if due_at < LATEST else None
