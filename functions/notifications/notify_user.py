"""When a reminder is due, its user is notified through each of their channels."""

from uuid import UUID

from events.event import Event
from events.ids import derived_id
from events.notification import Notification, NotificationFailed
from events.reminder import ReminderDue
from functions.chassis.reaction import reaction
from functions.chassis.unit_of_work import UnitOfWork
from functions.notifications.request import request


@reaction(ReminderDue)
def notify_user(event: Event[ReminderDue], work: UnitOfWork) -> None:
    """Request a notification for each channel; where it is too late for the reminder, say so, and send none."""
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
    if event.data.until is not None and work.now > event.data.until:
        reason = f"too late: it could be sent until {event.data.until.isoformat(timespec='seconds')}"
        failed = draft.model_copy(update={"status": "failed", "reason": reason})
        work.say(NotificationFailed(notification=failed), event_id=derived_id("too late", failed.id))
        return
    request(work, draft)
