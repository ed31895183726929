"""The occurrence after a task: what a completion, or a series that goes on after a pause, leads to."""

from datetime import datetime

from events.fields import LATEST, zone_of
from events.task import Series, Task
from functions.schedule.rule_parser import parse_rule
from functions.schedule.series import Occurrence, is_absolute, next_occurrence
from functions.schedule.wall_clock import to_instant, to_wall_clock


def occurrence_after(task: Task, series: Series, *, completed_at: datetime) -> tuple[int, datetime] | None:
    """Return the number and the due date of the occurrence after a task that was completed at a moment.

    None where the rule has ended, or leads beyond what may be due. An occurrence that was moved earlier does not come
    again at its own time, and one that was moved later, past others, is followed by the next after it: those count.
    """
    if task.due_at is None:
        return None
    zone = zone_of(series.time_zone)
    wall = to_wall_clock(task.recurrence_id or task.due_at, zone)
    rule, start = parse_rule(series.recurrence.rule, series.recurrence.month_end), series.start
    if task.recurrence_id and is_absolute(rule):
        start = wall  # on the beat, and with its fold, which the series' start has not
    found = next_occurrence(
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
    due_at = to_instant(found.wall, zone) if found else LATEST
    return (found.number, due_at) if found and due_at < LATEST else None
