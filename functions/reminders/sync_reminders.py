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


def sync_reminders(work: UnitOfWork, task: Task, *, previous: Task | None = None, is_deleted: bool = False) -> None:
    """Bring a task's reminders in line with a version of the task; ignore a version older than the newest one seen.

    ``previous`` is the task before the change. If ``previous`` is completed and its event has not arrived, the
    reminders are cancelled first, so that a snooze does not survive the completion.
    """
    seen = mark_version_seen(work.transaction, task.id, task.version, is_deleted=is_deleted)
    known = load_task_reminders(work.transaction, task.id)  # in the same exchange as the line before
    if not seen.rows:
        return
    has_gap = task.version > seen.rows[0]["version"] + 1
    if has_gap and previous is not None and previous.status == "completed":
        _save_changes(work, plan_reminders(previous, known), known, as_of=previous.updated_at)
        known = load_task_reminders(work.transaction, task.id)
    changes = plan_reminders(task, known, is_deleted=is_deleted, has_gap=has_gap)
    _save_changes(work, changes, known, as_of=task.updated_at)


def _save_changes(
    work: UnitOfWork, changes: ReminderChanges, known: Mapping[UUID, ReminderRecord], *, as_of: datetime
) -> None:
    store_reminders(work.transaction, [*changes.scheduled, *changes.amended, *changes.cancelled])
    for record in changes.scheduled:
        schedule_firing(work, record, as_of=as_of, replaces=known.get(record.reminder.id))
    for record in changes.reissued:
        reissue_firing(work, record, as_of=as_of)
    for record in changes.cancelled:
        cancel_firing(work, record)
