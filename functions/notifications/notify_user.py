"""Notifies a user when a reminder falls due, through the channels that the user prefers.

In the app the notification is delivered at once. Each other channel is requested from `send-notification`.
"""

from uuid import UUID

from events.event import Event
from events.ids import derived_id
from events.notification import Notification, NotificationFailed, NotificationRequested
from events.reminder import ReminderDue
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.notifications.notification_requests import request_notifications
from functions.notifications.preferences import load_preferences
from functions.notifications.retry_schedule import explain_lateness
from functions.notifications.subject_endings import find_endings


@reaction(ReminderDue)
def notify_user(event: Event[ReminderDue], work: UnitOfWork) -> None:
    """Deliver in the app, and request a notification for each other channel.

    If it is too late for the reminder, or its user gets no reminders, one NotificationFailed is emitted instead. It
    settles the reminder.
    """
    draft = draft_notification(event, work)
    endings = find_endings(work.transaction, draft, as_of=event.data.as_of)
    preferences = load_preferences(work.transaction, draft.user_id)  # in the same exchange as the line before
    reason = explain_lateness(event.data.until, work.now) or preferences.explain_silence(draft.kind)
    if reason is None:
        asked = NotificationRequested(notification=draft, until=event.data.until, as_of=event.data.as_of)
        request_notifications(work, asked, preferences, is_ended=bool(endings.rows))
        return
    failed = draft.model_copy(update={"status": "failed", "reason": reason})
    work.emit(NotificationFailed(notification=failed), event_id=derived_id("not requested", failed.id))


def draft_notification(event: Event[ReminderDue], work: UnitOfWork) -> Notification:
    """Return the notification of a reminder, without a channel. Its id is the event's."""
    reminder = event.data.reminder
    return Notification(
        id=UUID(event.attributes.id),
        user_id=reminder.user_id,
        kind="reminder",
        channel="",
        title=reminder.title,
        task_id=reminder.task_id,
        reminder_id=reminder.id,
        remind_at=reminder.remind_at,
        created_at=work.now,
    )
