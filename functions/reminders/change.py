"""Snoozing, dismissing and asking again: what a user does to a reminder that there is."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from events.reminder import ReminderCancelled, ReminderSnoozed
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.reminders import store
from functions.reminders.follow import cancel, emit, say_when_due, schedule
from functions.reminders.plan import cancelled
from functions.reminders.record import Record
from functions.reminders.requests import Snooze


def put_off(request: AuthorizedRequest, work: UnitOfWork, reminder_id: UUID, asked: Snooze) -> Record:
    """Return a reminder after it was moved to the moment asked for; a repeat of the call moves it once.

    Where its firing is on its way already, it fires now and then.
    """
    old = store.find_own(work.connection, request.user.id, reminder_id, lock=True)
    if store.is_changed_by(work.connection, reminder_id, request.new_id()):
        return old
    request.check_if_match(old.reminder.version)
    _refuse_what_is_over(old)
    new = _moved(old, asked.moment(now=request.now, zone=old.reminder.time_zone), snoozed=True)
    store.put(work.connection, [new])
    store.note_change(work.connection, reminder_id, request.new_id())
    if old.waits:
        work.withdraw(old.firing)
    emit(work, ReminderSnoozed(reminder=new.reminder))
    say_when_due(work, new, as_of=request.now)
    return new


def revive(work: UnitOfWork, record: Record, *, as_of: datetime) -> Record:
    """Return a reminder that a user asks for again: one that was dismissed is planned for its moment once more."""
    if record.reminder.status != "cancelled" or record.planned_at is None:
        return record
    revived = _moved(record, record.planned_at, snoozed=False)
    store.put(work.connection, [revived])
    schedule(work, revived, as_of=as_of)
    return revived


def dismiss(request: AuthorizedRequest, work: UnitOfWork, reminder_id: UUID) -> None:
    """Cancel a reminder that waits; one that is over stays as it is.

    One that a channel has delivered may still wait in another, so that it is dismissed is said all the same.
    """
    record = store.find_own(work.connection, request.user.id, reminder_id, lock=True)
    request.check_if_match(record.reminder.version)
    if record.waits:
        dismissed = cancelled(record, "it was dismissed")
        store.put(work.connection, [dismissed])
        cancel(work, dismissed)
    elif record.reminder.status == "delivered":
        emit(work, ReminderCancelled(reminder=record.reminder))


def _refuse_what_is_over(record: Record) -> None:
    if record.reminder.status == "cancelled":
        raise Problem(409, f"the reminder was cancelled: {record.reminder.reason}; schedule a new one")
    if record.planned_at is None:
        raise Problem(409, "the reminder's task is done or no longer asks for it; schedule a new one")


def _moved(record: Record, until: datetime, *, snoozed: bool) -> Record:
    update = {
        "remind_at": until,
        "status": "scheduled",
        "snoozed": snoozed,
        "delivered_at": None,
        "late_by": None,
        "reason": None,
        "version": record.reminder.version + 1,
    }
    return replace(record, failed=(), reminder=record.reminder.model_copy(update=update))
