"""What a change makes of a task: pure functions from one state to the next."""

from datetime import datetime
from typing import Any
from uuid import UUID

from events.fields import zone_of
from events.ids import derived_id
from events.task import ReminderSpec, Series, Task
from events.wall_clock import instant, wall_clock


def created(fields: dict[str, Any], *, task_id: UUID, user: str, now: datetime) -> tuple[Task, Series | None]:
    """Return a new task, and the series that a recurring one begins."""
    task = Task(id=task_id, user_id=user, version=1, created_at=now, updated_at=now, **fields)
    return _in_series(task, derived_id("series", task_id))


def replaced(
    before: Task, fields: dict[str, Any], series: Series | None, *, now: datetime
) -> tuple[Task, Series | None]:
    """Return a task with its fields replaced, and its series where that is to change as well.

    Another rule or zone begins the series anew, with this task as its first occurrence. Another anchor, or policy for
    what was missed, holds from now on. A due date alone moves this occurrence only: the series keeps its beat.
    """
    task = before.model_copy(update={**fields, "updated_at": now, "version": before.version + 1})
    if task.recurrence is None:
        return task.model_copy(update={"series_id": None, "occurrence": None, "recurrence_id": None}), None
    if series is None or before.recurrence is None or before.time_zone != task.time_zone:
        return _in_series(task, before.series_id or derived_id("series", task.id))
    if before.recurrence == task.recurrence:
        return task, None
    if before.recurrence.rule != task.recurrence.rule:
        return _in_series(task, series.id)
    return task, series.model_copy(update={"recurrence": task.recurrence})


def completed(before: Task, *, now: datetime) -> Task:
    """Return a task that was done now."""
    changes = {"status": "completed", "completed_at": now, "updated_at": now, "version": before.version + 1}
    return before.model_copy(update=changes)


def reopened(before: Task, *, now: datetime) -> Task:
    """Return a task that is to be done again."""
    changes = {"status": "open", "completed_at": None, "updated_at": now, "version": before.version + 1}
    return before.model_copy(update=changes)


def succeeded(before: Task, series: Series, *, number: int, due_at: datetime, now: datetime) -> Task:
    """Return the next occurrence of a task.

    Its id is derived from the one it follows. A reminder with a moment of its own moves as far on the wall clock as
    the due date does.
    """
    changes = {
        "id": derived_id("occurrence", before.id),
        "status": "open",
        "due_at": due_at,
        "recurrence": series.recurrence,
        "time_zone": series.time_zone,
        "reminders": [_moved(one, before, due_at) for one in before.reminders],
        "occurrence": number,
        "recurrence_id": due_at,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "completed_at": None,
    }
    return before.model_copy(update=changes)


def same(one: Task, other: Task) -> bool:
    """Tell whether two states of a task differ in nothing that a user set."""
    bookkeeping = {"version": 0, "updated_at": one.updated_at}
    return one.model_copy(update=bookkeeping) == other.model_copy(update=bookkeeping)


def _in_series(task: Task, series_id: UUID) -> tuple[Task, Series | None]:
    if task.recurrence is None or task.due_at is None or task.time_zone is None:
        return task, None
    start = wall_clock(task.due_at, zone_of(task.time_zone))
    series = Series(id=series_id, start=start, time_zone=task.time_zone, recurrence=task.recurrence)
    return task.model_copy(update={"series_id": series_id, "occurrence": 1, "recurrence_id": task.due_at}), series


def _moved(spec: ReminderSpec, before: Task, due_at: datetime) -> ReminderSpec:
    if spec.at is None or before.due_at is None:
        return spec
    zone = zone_of(before.time_zone)
    distance = wall_clock(due_at, zone) - wall_clock(before.due_at, zone)
    return spec.model_copy(update={"at": instant(wall_clock(spec.at, zone) + distance, zone)})
