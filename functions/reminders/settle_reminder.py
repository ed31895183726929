"""Settles a reminder: delivered with its first channel, failed with its last."""

from events.event import Event
from events.notification import NotificationDelivered, NotificationFailed
from events.reminder import ReminderDelivered, ReminderFailed
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders import store
from functions.reminders.follow import emit
from functions.reminders.outcome import after_delivery, after_failure


@reaction(NotificationDelivered, NotificationFailed)
def settle_reminder(event: Event[NotificationDelivered | NotificationFailed], work: UnitOfWork) -> None:
    """Note the outcome of a reminder's firing, and say it where it is final."""
    notification = event.data.notification
    record = store.find(work.connection, notification.reminder_id) if notification.reminder_id else None
    if record is None or record.reminder.user_id != notification.user_id:
        return
    if isinstance(event.data, NotificationDelivered):
        settled = after_delivery(record, notification, heard_at=work.now)
    else:
        settled = after_failure(record, notification)
    if settled is None:
        return
    store.put(work.connection, [settled])
    if settled.reminder.status == "delivered":
        emit(work, ReminderDelivered(reminder=settled.reminder))
    elif settled.reminder.status == "failed":
        emit(work, ReminderFailed(reminder=settled.reminder))
