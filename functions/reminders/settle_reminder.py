"""Settles a reminder when its notifications end: delivered with the first delivery, failed with the last failure."""

from events.event import Event
from events.notification import Notification, NotificationDelivered, NotificationFailed
from events.reminder import ReminderDelivered, ReminderFailed
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.chassis.runtime.transaction import Transaction
from functions.reminders.firing import emit_reminder_event
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.reminder_store import load_reminder, store_reminders
from functions.reminders.settlement import settle_delivery, settle_failure


@reaction(NotificationDelivered, NotificationFailed)
def settle_reminder(event: Event[NotificationDelivered | NotificationFailed], work: UnitOfWork) -> None:
    """Store the outcome of a reminder's firing, and emit the outcome if it is final."""
    notification = event.data.notification
    record = _load_reminder_of(work.transaction, notification)
    if record is None:
        return
    if isinstance(event.data, NotificationDelivered):
        settled = settle_delivery(record, notification, now=work.now)
    else:
        settled = settle_failure(record, notification)
    if settled is not None:
        _save_outcome(work, settled)


def _load_reminder_of(transaction: Transaction, notification: Notification) -> ReminderRecord | None:
    """Return the reminder that a notification is about, if it has one that belongs to the same user."""
    if notification.reminder_id is None:
        return None
    record = load_reminder(transaction, notification.reminder_id)
    return record if record and record.reminder.user_id == notification.user_id else None


def _save_outcome(work: UnitOfWork, settled: ReminderRecord) -> None:
    store_reminders(work.transaction, [settled])
    if settled.reminder.status == "delivered":
        emit_reminder_event(work, ReminderDelivered(reminder=settled.reminder))
    elif settled.reminder.status == "failed":
        emit_reminder_event(work, ReminderFailed(reminder=settled.reminder))
