"""Builds the task that follows a completed occurrence of a series: pure functions."""

from datetime import datetime, timedelta

from events.fields import EARLIEST, LATEST, zone_of
from events.ids import derived_id
from events.task import ReminderSpec, Series, Task
from functions.schedule.wall_clock import to_instant, to_wall_clock
from functions.tasks.task_fields import CARRIED_OVER_FIELDS


def build_successor(pattern: Task, series: Series, *, number: int, due_at: datetime, now: datetime) -> Task:
    """Return the occurrence with this number and due date, with all other content taken over from ``pattern``.

    The id is derived from the id of ``pattern``, so that a repeat builds the same task. A reminder at a fixed time
    moves by the same distance on the wall clock as the due date.
    """
    changes = {
        "id": derived_id("occurrence", pattern.id),
        "status": "open",
        "due_at": due_at,
        "recurrence": series.recurrence,
        "time_zone": series.time_zone,
        "reminders": [_move_reminder(reminder, pattern, due_at) for reminder in pattern.reminders],
        "occurrence": number,
        "recurrence_id": due_at,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "completed_at": None,
    }
    return pattern.model_copy(update=changes)


def update_pattern(pattern: Task, before: Task, task: Task) -> Task:
    """Return the pattern of the next occurrence with the fields that changed from ``before`` to ``task``."""
    changes = {
        name: getattr(task, name) for name in CARRIED_OVER_FIELDS if getattr(task, name) != getattr(before, name)
    }
    if "reminders" in changes and pattern.due_at is not None:
        changes["reminders"] = [_move_reminder(reminder, task, pattern.due_at) for reminder in task.reminders]
    return pattern.model_copy(update=changes)


def _move_reminder(reminder: ReminderSpec, before: Task, due_at: datetime) -> ReminderSpec:
    """Return a reminder with the same distance on the wall clock to ``due_at`` as to the due date of ``before``.

    The result stays between :data:`EARLIEST` and :data:`LATEST`.
    """
    if reminder.at is None or before.due_at is None:
        return reminder
    zone = zone_of(before.time_zone)
    wall = to_wall_clock(reminder.at, zone)
    distance = to_wall_clock(due_at, zone) - to_wall_clock(before.due_at, zone)
    shortest, longest = (to_wall_clock(end, zone) - wall for end in (EARLIEST, LATEST - timedelta(seconds=1)))
    return reminder.model_copy(update={"at": to_instant(wall + min(max(distance, shortest), longest), zone)})
