"""Brings the reminders of a task in line with a version of the task: load, decide, save."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from events.task import Task
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.reminders.firing import cancel_firing, reissue_firing, schedule_firing
from functions.reminders.reminder_plan import ReminderChanges, plan_reminders
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.reminder_store import load_task_reminders, mark_version_seen, store_reminders


def sync_reminders(work: UnitOfWork, task: Task, *, previous: Task | None = None, deleted: bool = False) -> None:
    """Bring a task's reminders up to this version of the task; a version older than one seen before changes nothing.

    ``previous`` is the task before the change. If it was completed, and the event of its completion has not arrived,
    its reminders end first: a snooze does not outlast a completion.
    """
    seen = mark_version_seen(work.connection, task.id, task.version, deleted=deleted)
    if seen is None:
        return
    missed = task.version > seen + 1
    if missed and previous is not None and previous.status == "completed":
        _apply_version(work, previous)
    _apply_version(work, task, deleted=deleted, missed=missed)


def _apply_version(work: UnitOfWork, task: Task, *, deleted: bool = False, missed: bool = False) -> None:
    known = load_task_reminders(work.connection, task.id)
    changes = plan_reminders(task, known, deleted=deleted, missed=missed)
    _save_changes(work, changes, known, as_of=task.updated_at)


def _save_changes(
    work: UnitOfWork, changes: ReminderChanges, known: Mapping[UUID, ReminderRecord], *, as_of: datetime
) -> None:
    store_reminders(work.connection, [*changes.scheduled, *changes.amended, *changes.cancelled])
    for record in changes.scheduled:
        schedule_firing(work, record, as_of=as_of, replaces=known.get(record.reminder.id))
    for record in changes.reissued:
        reissue_firing(work, record, as_of=as_of)
    for record in changes.cancelled:
        cancel_firing(work, record)
