"""The occurrence after a task: what a completion, or a series that goes on after a pause, leads to."""

from datetime import datetime

from events.fields import zone_of
from events.task import Series, Task
from events.wall_clock import instant, wall_clock
from functions.recurrence.rule import parse
from functions.recurrence.series import Occurrence, is_absolute, next_occurrence


def occurrence_after(task: Task, series: Series, *, completed_at: datetime) -> tuple[int, datetime] | None:
    """Return the number and the due date of the occurrence after a task that was completed at a moment.

    None where the rule has ended. An occurrence that was moved earlier does not come again at its own time, and one
    that was moved later, past others, is followed by the next after it.
    """
    if task.due_at is None:
        return None
    zone = zone_of(series.time_zone)
    reached = max(task.due_at, task.recurrence_id or task.due_at)
    rule, start = parse(series.recurrence.rule, series.recurrence.month_end), series.start
    if task.recurrence_id and is_absolute(rule):
        start = wall_clock(task.recurrence_id, zone)  # on the beat, and with its fold, which the series' start has not
    found = next_occurrence(
        rule,
        start=start,
        zone=zone,
        current=Occurrence(task.occurrence or 1, wall_clock(reached, zone)),
        anchor=series.recurrence.anchor,
        missed=series.recurrence.missed,
        completed_at=completed_at,
        exdates=series.exdates,
    )
    return (found.number, instant(found.wall, zone)) if found else None
