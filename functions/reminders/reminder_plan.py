"""Decides how a task's reminders change when the task changes. Pure: equal tasks and records give equal changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Final
from uuid import UUID

from events.fields import EARLIEST, zone_of
from events.ids import derived_id
from events.reminder import Reminder
from events.task import ReminderSpec, Task
from functions.reminders.reminder_record import ReminderRecord
from functions.schedule.duration import parse_duration
from functions.schedule.reminder_times import reminder_time

COPIED_FROM_TASK: Final = ("title", "before", "at", "max_lateness", "due_at", "time_zone")
"""The fields of a reminder that always show the current state of its task."""


@dataclass(frozen=True, slots=True)
class ReminderChanges:
    """The reminders to store, each in its new state, and what to emit for each of them."""

    scheduled: list[ReminderRecord] = field(default_factory=list)
    """New reminders, and reminders with a new moment. A ReminderScheduled and a ReminderDue are emitted."""
    amended: list[ReminderRecord] = field(default_factory=list)
    """Reminders with the same moment and new details, or that have fired and are no longer requested."""
    cancelled: list[ReminderRecord] = field(default_factory=list)
    """Pending reminders that are no longer requested. A ReminderCancelled is emitted."""
    reissued: list[ReminderRecord] = field(default_factory=list)
    """Reminders of which a waiting ReminderDue is replaced, as the event carries old details."""


def reminder_id(task_id: UUID, spec: ReminderSpec) -> UUID:
    """Return the id of a task's reminder. Equal specs with another spelling (``PT60M``, ``PT1H``) are one reminder."""
    if spec.at is not None:
        return derived_id("reminder", task_id, "at", spec.at.astimezone(UTC).isoformat())
    before = parse_duration(spec.before or "PT0S")
    return derived_id("reminder", task_id, "before", before.days, before.exact.total_seconds())


def plan_reminders(
    task: Task, known: Mapping[UUID, ReminderRecord], *, deleted: bool = False, missed: bool = False
) -> ReminderChanges:
    """Return the changes of a task's reminders, given the stored records ``known`` by their ids.

    - A new reminder is scheduled, also if its moment has passed: it then fires at once and reports how late it is.
    - A pending reminder moves with its task, unless a user snoozed it: a snooze has precedence.
    - A reminder that fired, was dismissed or was cancelled is scheduled again if its moment changed, or if the task
      requests it again, and the moment is after the task's change. Otherwise it stays unchanged.
    - A pending reminder that the task no longer requests is cancelled. A completed or deleted task requests none.

    ``missed`` means that the event of an earlier version of the task has not arrived. The task may have been completed
    and reopened in between, and another function may know. Then every waiting ReminderDue is replaced, so that it
    names the current change of the task.
    """
    changes = ReminderChanges()
    requested = {} if deleted or task.status == "completed" else _requested_reminders(task)
    for identity, fresh in requested.items():
        _plan_requested(changes, fresh, known.get(identity), task)
    for identity, old in known.items():
        if identity not in requested:
            _plan_unrequested(changes, old, _cancellation_reason(task, deleted=deleted))
    changes.reissued.extend(one for one in changes.amended if missed or one.reminder != known[one.reminder.id].reminder)
    if missed:
        changes.reissued.extend(_unchanged_records(known, changes))
    return changes


def mark_cancelled(record: ReminderRecord, reason: str) -> ReminderRecord:
    """Return a record in the status ``cancelled``, with the reason in words."""
    update = {"status": "cancelled", "reason": reason, "version": record.reminder.version + 1}
    return replace(record, reminder=record.reminder.model_copy(update=update))


def _requested_reminders(task: Task) -> dict[UUID, ReminderRecord]:
    """Return a new record for each of the task's reminders that has a moment."""
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
        records[reminder.id] = ReminderRecord(reminder, planned_at=reminder.remind_at)
    return records


def _plan_requested(changes: ReminderChanges, fresh: ReminderRecord, old: ReminderRecord | None, task: Task) -> None:
    if old is None:
        changes.scheduled.append(fresh)
    elif _must_fire_again(fresh, old, task):
        version = old.reminder.version + 1
        changes.scheduled.append(replace(fresh, reminder=fresh.reminder.model_copy(update={"version": version})))
    else:
        _amend(changes, fresh, old)


def _must_fire_again(fresh: ReminderRecord, old: ReminderRecord, task: Task) -> bool:
    if fresh.planned_at == old.planned_at or (old.is_pending and old.reminder.snoozed):
        return False
    if old.is_pending:
        return True
    has_fired_then = old.reminder.status != "cancelled" and fresh.reminder.remind_at == old.reminder.remind_at
    # Compared with the time of the task's change, not with now: an event that arrives late decides the same.
    return fresh.reminder.remind_at > task.updated_at and not has_fired_then


def _amend(changes: ReminderChanges, fresh: ReminderRecord, old: ReminderRecord) -> None:
    """Update the details of a record; its status and its moment stay."""
    details = {name: getattr(fresh.reminder, name) for name in COPIED_FROM_TASK}
    reminder = old.reminder.model_copy(update=details)
    if reminder != old.reminder:
        reminder = reminder.model_copy(update={"version": old.reminder.version + 1})
    amended = replace(old, reminder=reminder, planned_at=fresh.planned_at)
    if amended != old:
        changes.amended.append(amended)


def _plan_unrequested(changes: ReminderChanges, old: ReminderRecord, reason: str) -> None:
    if old.is_pending:
        changes.cancelled.append(replace(mark_cancelled(old, reason), planned_at=None))
    elif old.planned_at is not None:
        changes.amended.append(replace(old, planned_at=None))


def _unchanged_records(known: Mapping[UUID, ReminderRecord], changes: ReminderChanges) -> list[ReminderRecord]:
    changed = {one.reminder.id for one in (*changes.scheduled, *changes.amended, *changes.cancelled)}
    return [record for identity, record in known.items() if identity not in changed]


def _cancellation_reason(task: Task, *, deleted: bool) -> str:
    if deleted:
        return "the task was deleted"
    return "the task was completed" if task.status == "completed" else "the task no longer asks for it"
