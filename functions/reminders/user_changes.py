"""Applies a user's changes to a stored reminder: snooze, dismiss, and request again."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from events.reminder import ReminderCancelled, ReminderSnoozed
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.reminders.firing import cancel_firing, emit_reminder_event, emit_when_due, schedule_firing
from functions.reminders.reminder_plan import mark_cancelled
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.reminder_requests import Snooze
from functions.reminders.reminder_store import (
    is_reminder_changed_by,
    load_user_reminder,
    mark_reminder_changed_by,
    store_reminders,
)


def apply_snooze(request: AuthorizedRequest, work: UnitOfWork, reminder_id: UUID, body: Snooze) -> ReminderRecord:
    """Move a reminder to the requested moment and return it; a repeat of the request moves it once.

    If the current firing is being published already, the reminder fires both now and then. Raises the 404 of an
    unknown reminder, the 412 of another version, the 409 of a reminder that has ended, and the 400 of a moment that is
    not in the future.
    """
    old = load_user_reminder(work.transaction, request.user.id, reminder_id, lock=True)
    if is_reminder_changed_by(work.transaction, reminder_id, request.new_id()):
        return old
    request.check_if_match(old.reminder.version)
    _reject_if_ended(old)
    new = _move_record(old, body.resolve_moment(now=request.now, zone=old.reminder.time_zone), snoozed=True)
    store_reminders(work.transaction, [new])
    mark_reminder_changed_by(work.transaction, reminder_id, request.new_id())
    if old.is_pending:
        work.withdraw(old.firing_id)
    emit_reminder_event(work, ReminderSnoozed(reminder=new.reminder))
    emit_when_due(work, new, as_of=request.now)
    return new


def restore_if_dismissed(work: UnitOfWork, record: ReminderRecord, *, as_of: datetime) -> ReminderRecord:
    """Schedule a dismissed reminder again for its planned moment, and return it; any other stays unchanged.

    ``as_of`` is the time of the task's change that asks for the reminder again.
    """
    if record.reminder.status != "cancelled" or record.planned_at is None:
        return record
    restored = _move_record(record, record.planned_at, snoozed=False)
    store_reminders(work.transaction, [restored])
    schedule_firing(work, restored, as_of=as_of)
    return restored


def apply_dismissal(request: AuthorizedRequest, work: UnitOfWork, reminder_id: UUID) -> None:
    """Cancel a pending reminder; a reminder that has ended stays unchanged.

    A delivered reminder may still be pending in another channel, so ReminderCancelled is emitted for it as well.
    Raises the 404 of an unknown reminder and the 412 of another version.
    """
    record = load_user_reminder(work.transaction, request.user.id, reminder_id, lock=True)
    request.check_if_match(record.reminder.version)
    if record.is_pending:
        dismissed = mark_cancelled(record, "it was dismissed")
        store_reminders(work.transaction, [dismissed])
        cancel_firing(work, dismissed)
    elif record.reminder.status == "delivered":
        emit_reminder_event(work, ReminderCancelled(reminder=record.reminder))


def _reject_if_ended(record: ReminderRecord) -> None:
    if record.reminder.status == "cancelled":
        raise Problem(409, f"the reminder was cancelled: {record.reminder.reason}; schedule a new one")
    if record.planned_at is None:
        raise Problem(409, "the reminder's task is done or no longer asks for it; schedule a new one")


def _move_record(record: ReminderRecord, moment: datetime, *, snoozed: bool) -> ReminderRecord:
    update = {
        "remind_at": moment,
        "status": "scheduled",
        "snoozed": snoozed,
        "delivered_at": None,
        "late_by": None,
        "reason": None,
        "version": record.reminder.version + 1,
    }
    return replace(record, failed=(), reminder=record.reminder.model_copy(update=update))
