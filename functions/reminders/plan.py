"""What a task's reminders become when the task changes. Pure: the same task and rows give the same changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from uuid import UUID

from events.fields import EARLIEST, zone_of
from events.ids import derived_id
from events.reminder import Reminder
from events.task import ReminderSpec, Task
from functions.reminders.record import Record
from functions.schedule.duration import parse_duration
from functions.schedule.reminder_times import reminder_time


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done, each record as it is to be kept."""

    scheduled: list[Record] = field(default_factory=list)
    """Planned for the first time, or for another moment than before."""
    amended: list[Record] = field(default_factory=list)
    """Fire when they did, but say something else, or are no longer asked for and had fired."""
    cancelled: list[Record] = field(default_factory=list)


def reminder_id(task_id: UUID, spec: ReminderSpec) -> UUID:
    """Return the id of a task's reminder; equal specs in another spelling (``PT60M``, ``PT1H``) are one reminder."""
    if spec.at is not None:
        return derived_id("reminder", task_id, "at", spec.at.astimezone(UTC).isoformat())
    span = parse_duration(spec.before or "PT0S")
    return derived_id("reminder", task_id, "before", span.days, span.exact.total_seconds())


def plan(task: Task, known: Mapping[UUID, Record], *, deleted: bool = False) -> Changes:
    """Return what becomes of a task's reminders, ``known`` by their ids, now that the task is as it is.

    - A reminder that is new is planned, also when its moment has passed: it then fires at once and says how late.
    - One that waits moves with its task, unless a user snoozed it: a snooze has precedence.
    - One that fired, or was dismissed or cancelled, is planned again where it moved, or is asked for again, and its
      moment lies after the task's change; otherwise it stays as it is.
    - One that the task no longer asks for is cancelled if it waits. A completed or deleted task asks for none.
    """
    changes = Changes()
    asked = {} if deleted or task.status == "completed" else _asked(task)
    for identity, fresh in asked.items():
        _place(changes, fresh, known.get(identity), task)
    for identity, old in known.items():
        if identity not in asked:
            _let_go(changes, old, _reason(task, deleted=deleted))
    return changes


def unchanged(known: Mapping[UUID, Record], changes: Changes) -> list[Record]:
    """Return the reminders that stay as they were."""
    changed = {one.reminder.id for one in (*changes.scheduled, *changes.amended, *changes.cancelled)}
    return [record for identity, record in known.items() if identity not in changed]


def _asked(task: Task) -> dict[UUID, Record]:
    """Return a record, as it would be if it were new, for each reminder that has a moment."""
    records = {}
    for spec in task.reminders:
        moment = reminder_time(before=spec.before, at=spec.at, due_at=task.due_at, zone=zone_of(task.time_zone))
        if moment is None:
            continue
        reminder = Reminder(
            id=reminder_id(task.id, spec),
            user_id=task.user_id,
            task_id=task.id,
            title=task.title,
            before=spec.before,
            at=spec.at,
            max_lateness=spec.max_lateness,
            remind_at=max(moment, EARLIEST),
            due_at=task.due_at,
            time_zone=task.time_zone,
        )
        records[reminder.id] = Record(reminder, planned_at=reminder.remind_at)
    return records


def _place(changes: Changes, fresh: Record, old: Record | None, task: Task) -> None:
    if old is None:
        changes.scheduled.append(fresh)
    elif _fires_anew(fresh, old, task):
        version = old.reminder.version + 1
        changes.scheduled.append(replace(fresh, reminder=fresh.reminder.model_copy(update={"version": version})))
    else:
        _amend(changes, fresh, old)


def _fires_anew(fresh: Record, old: Record, task: Task) -> bool:
    if fresh.planned_at == old.planned_at or (old.waits and old.reminder.snoozed):
        return False
    if old.waits:
        return True
    fired_then = old.reminder.status != "cancelled" and fresh.reminder.remind_at == old.reminder.remind_at
    # Judged by when the task changed, not by when that is heard of: an event that comes late decides the same.
    return fresh.reminder.remind_at > task.updated_at and not fired_then


def _amend(changes: Changes, fresh: Record, old: Record) -> None:
    """Keep an old record's state and moment, with what its task says now."""
    details = {
        name: getattr(fresh.reminder, name) for name in ("title", "before", "at", "max_lateness", "due_at", "time_zone")
    }
    reminder = old.reminder.model_copy(update=details)
    if reminder != old.reminder:
        reminder = reminder.model_copy(update={"version": old.reminder.version + 1})
    amended = replace(old, reminder=reminder, planned_at=fresh.planned_at)
    if amended != old:
        changes.amended.append(amended)


def _let_go(changes: Changes, old: Record, reason: str) -> None:
    if old.waits:
        changes.cancelled.append(replace(cancelled(old, reason), planned_at=None))
    elif old.planned_at is not None:
        changes.amended.append(replace(old, planned_at=None))


def cancelled(record: Record, reason: str) -> Record:
    """Return a record that will not fire, and why."""
    update = {"status": "cancelled", "reason": reason, "version": record.reminder.version + 1}
    return replace(record, reminder=record.reminder.model_copy(update=update))


def _reason(task: Task, *, deleted: bool) -> str:
    if deleted:
        return "the task was deleted"
    return "the task was completed" if task.status == "completed" else "the task no longer asks for it"
