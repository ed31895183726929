"""What a change makes of a task: pure functions from one state to the next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from events.fields import EARLIEST, LATEST, zone_of
from events.ids import derived_id
from events.task import ReminderSpec, Series, Task
from functions.schedule.wall_clock import to_instant, to_wall_clock

MOST_EXDATES = 100
"""How many dates a series leaves out at most, as every event of it carries them."""

LASTING = ("title", "notes", "priority", "tags", "reminders")
"""What the next occurrence takes over from the one before."""


def created(
    fields: dict[str, Any], *, task_id: UUID, user: str, now: datetime, written: datetime | None = None
) -> tuple[Task, Series | None]:
    """Return a new task, and the series that a recurring one begins.

    ``written`` is the due date on the wall clock, where it was given so: a gap that moves it moves no later one.
    """
    task = Task(id=task_id, user_id=user, version=1, created_at=now, updated_at=now, **fields)
    return _in_series(task, derived_id("series", task_id), written=written)


def replaced(
    before: Task,
    fields: dict[str, Any],
    series: Series | None,
    *,
    now: datetime,
    shift: bool = False,
    written: datetime | None = None,
) -> tuple[Task, Series | None]:
    """Return a task with its fields replaced, and its series where that is to change as well.

    Another rule or zone begins the series anew, with this task as its first occurrence. Another anchor, or policy for
    what was missed, holds from now on. A due date alone moves this occurrence only: the series keeps its beat, unless
    it is to ``shift``, which keeps the count.
    """
    task = replaced_alone(before, fields, now=now)
    if task.recurrence is None:
        return task.model_copy(update={"series_id": None, "occurrence": None, "recurrence_id": None}), None
    if series is None or before.recurrence is None or before.time_zone != task.time_zone:
        return _in_series(task, before.series_id or derived_id("series", task.id), series, written)
    if before.recurrence.rule != task.recurrence.rule:
        return _in_series(task, series.id, series, written)
    if shift and task.due_at != (before.recurrence_id or before.due_at):
        begun, changed = _in_series(task, series.id, series, written)
        return begun.model_copy(update={"occurrence": before.occurrence}), changed
    if before.recurrence == task.recurrence:
        return task, None
    return task, series.model_copy(update={"recurrence": task.recurrence})


def replaced_alone(before: Task, fields: dict[str, Any], *, now: datetime) -> Task:
    """Return a task with its fields replaced, whatever its series does."""
    return before.model_copy(update={**fields, "updated_at": now, "version": before.version + 1})


def carried_over(pattern: Task, before: Task, task: Task) -> Task:
    """Return what the next occurrence is made from, with what a change has made different."""
    update = {name: getattr(task, name) for name in LASTING if getattr(task, name) != getattr(before, name)}
    if "reminders" in update and pattern.due_at is not None:
        update["reminders"] = [_moved(one, task, pattern.due_at) for one in task.reminders]
    return pattern.model_copy(update=update)


def excluding(series: Series, moment: datetime) -> Series:
    """Return a series that leaves out a moment; of what it left out long ago it forgets the oldest."""
    exdates = sorted({*series.exdates, moment})[-MOST_EXDATES:]
    return series.model_copy(update={"exdates": exdates})


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


def resolved(written: Sequence[datetime], series: Series) -> list[datetime]:
    """Return times as people write them as the moments of a series, each once and in order."""
    zone = zone_of(series.time_zone)
    return sorted({one.astimezone(UTC) if one.tzinfo else to_instant(one, zone) for one in written})


def same(one: Task, other: Task) -> bool:
    """Tell whether two states of a task differ in nothing that a user set."""
    bookkeeping = {"version": 0, "updated_at": one.updated_at}
    return one.model_copy(update=bookkeeping) == other.model_copy(update=bookkeeping)


def _in_series(
    task: Task, series_id: UUID, before: Series | None = None, written: datetime | None = None
) -> tuple[Task, Series | None]:
    """Return a task as the first occurrence of a series; what was left out ``before`` stays so."""
    if task.recurrence is None or task.due_at is None or task.time_zone is None:
        return task, None
    start = written or _start(task.due_at, zone_of(task.time_zone), before)
    exdates = before.exdates if before else []
    series = Series(id=series_id, start=start, time_zone=task.time_zone, recurrence=task.recurrence, exdates=exdates)
    return task.model_copy(update={"series_id": series_id, "occurrence": 1, "recurrence_id": task.due_at}), series


def _start(due_at: datetime, zone: ZoneInfo, before: Series | None) -> datetime:
    """Return a due date on the wall clock: at the time of the series ``before`` where only a gap has moved it."""
    wall = to_wall_clock(due_at, zone)
    usual = datetime.combine(wall.date(), before.start.time()) if before else wall
    return usual if to_instant(usual, zone) == due_at else wall


def _moved(spec: ReminderSpec, before: Task, due_at: datetime) -> ReminderSpec:
    """Return a reminder that is as far from a due date as it was from the one before, within the years there are."""
    if spec.at is None or before.due_at is None:
        return spec
    zone = zone_of(before.time_zone)
    wall = to_wall_clock(spec.at, zone)
    distance = to_wall_clock(due_at, zone) - to_wall_clock(before.due_at, zone)
    furthest = [to_wall_clock(end, zone) - wall for end in (EARLIEST, LATEST - timedelta(seconds=1))]
    return spec.model_copy(update={"at": to_instant(wall + min(max(distance, furthest[0]), furthest[1]), zone)})
