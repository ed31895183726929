"""Builds the next state of a series and of its task: pure functions that return changed copies."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from events.fields import zone_of
from events.ids import derived_id
from events.task import Series, Task
from functions.schedule.wall_clock import to_instant, to_wall_clock
from functions.tasks.task_states import build_task, replace_fields

MOST_EXDATES: Final = 100
"""The most excluded dates of a series. Every event of the series carries them."""


def build_task_and_series(
    fields: dict[str, Any], *, task_id: UUID, user: str, now: datetime, wall_due_at: datetime | None = None
) -> tuple[Task, Series | None]:
    """Return a new task, and its series if it is recurring.

    ``wall_due_at`` is the due date on the wall clock, if the request has no offset. The series then starts at that time
    of day, even if a gap of the clock moves the first occurrence.
    """
    task = build_task(fields, task_id=task_id, user=user, now=now)
    return start_series(task, derived_id("series", task_id), wall_due_at=wall_due_at)


def replace_fields_and_series(
    before: Task,
    fields: dict[str, Any],
    series: Series | None,
    *,
    now: datetime,
    move_series: bool = False,
    wall_due_at: datetime | None = None,
) -> tuple[Task, Series | None]:
    """Return a task with its fields replaced, and its series if the change affects it.

    | change | effect |
    |---|---|
    | another rule or time zone | restarts the series with this task as its first occurrence |
    | another anchor or policy | changes the series from here on |
    | another due date | moves this occurrence only, or the series too if ``move_series`` is true; COUNT is not reset |
    | no recurrence | takes the task out of its series |
    """
    task = replace_fields(before, fields, now=now)
    if task.recurrence is None:
        return task.model_copy(update={"series_id": None, "occurrence": None, "recurrence_id": None}), None
    if series is None or before.recurrence is None or before.time_zone != task.time_zone:
        return start_series(task, before.series_id or derived_id("series", task.id), series, wall_due_at)
    if before.recurrence.rule != task.recurrence.rule:
        return start_series(task, series.id, series, wall_due_at)
    if move_series and task.due_at != (before.recurrence_id or before.due_at):
        moved, changed = start_series(task, series.id, series, wall_due_at)
        return moved.model_copy(update={"occurrence": before.occurrence}), changed
    if before.recurrence == task.recurrence:
        return task, None
    return task, series.model_copy(update={"recurrence": task.recurrence})


def start_series(
    task: Task, series_id: UUID, before: Series | None = None, wall_due_at: datetime | None = None
) -> tuple[Task, Series | None]:
    """Return a task as the first occurrence of a series, and the series; None if the task is not recurring.

    ``before`` is the series to restart, if there is one: its excluded dates remain.
    """
    if task.recurrence is None or task.due_at is None or task.time_zone is None:
        return task, None
    start = wall_due_at or _start_on_wall_clock(task.due_at, zone_of(task.time_zone), before)
    exdates = before.exdates if before else []
    series = Series(id=series_id, start=start, time_zone=task.time_zone, recurrence=task.recurrence, exdates=exdates)
    return task.model_copy(update={"series_id": series_id, "occurrence": 1, "recurrence_id": task.due_at}), series


def exclude_date(series: Series, moment: datetime) -> Series:
    """Return a series that also excludes ``moment``. Beyond :data:`MOST_EXDATES` the oldest dates are dropped."""
    exdates = sorted({*series.exdates, moment})[-MOST_EXDATES:]
    return series.model_copy(update={"exdates": exdates})


def resolve_exdates(written: Sequence[datetime], series: Series) -> list[datetime]:
    """Return times as instants, sorted and without duplicates. A time without an offset is in the series' time zone."""
    zone = zone_of(series.time_zone)
    return sorted({time.astimezone(UTC) if time.tzinfo else to_instant(time, zone) for time in written})


def _start_on_wall_clock(due_at: datetime, zone: ZoneInfo, before: Series | None) -> datetime:
    """Return a due date on the wall clock; if only a gap of the clock moved it, at the time of day of ``before``."""
    wall = to_wall_clock(due_at, zone)
    usual = datetime.combine(wall.date(), before.start.time()) if before else wall
    return usual if to_instant(usual, zone) == due_at else wall
