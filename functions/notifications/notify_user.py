"""When a reminder is due, its user is notified as they prefer it, or it is said why not."""

from uuid import UUID

from events.event import Event
from events.ids import derived_id
from events.notification import Notification, NotificationFailed, NotificationRequested
from events.reminder import ReminderDue
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.notifications import preferences
from functions.notifications.lateness import too_late
from functions.notifications.request import request_notifications


@reaction(ReminderDue)
def notify_user(event: Event[ReminderDue], work: UnitOfWork) -> None:
    """Request a notification for each channel.

    Where it is too late for the reminder, or its user wants to be told of none, a NotificationFailed says so in place
    of them all: whoever waits for the reminder's end hears of it.
    """
    reminder = event.data.reminder
    draft = Notification(
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
    wanted = preferences.of_user(work.connection, draft.user_id)
    reason = too_late(event.data.until, work.now) or wanted.silence(draft.kind)
    if reason is None:
        asked = NotificationRequested(notification=draft, until=event.data.until, as_of=event.data.as_of)
        request_notifications(work, asked, wanted)
        return
    failed = draft.model_copy(update={"status": "failed", "reason": reason})
    work.emit(NotificationFailed(notification=failed), event_id=derived_id("not requested", failed.id))
