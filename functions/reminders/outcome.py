"""What a notification's end means for its reminder. Pure."""

from dataclasses import replace
from datetime import datetime

from events.notification import Notification
from functions.reminders.record import Record


def after_delivery(record: Record, notification: Notification, *, heard_at: datetime) -> Record | None:
    """Return a reminder that a channel delivered; None where that changes nothing.

    Only its present moment counts, and only the first channel. One that was cancelled while it was on its way is
    delivered all the same: that is what happened.
    """
    reminder = record.reminder
    if reminder.status == "delivered" or notification.remind_at != reminder.remind_at:
        return None
    delivered_at = notification.delivered_at or notification.sent_at or heard_at
    # The channel's clock may be behind ours.
    delivered_at = max(delivered_at, reminder.remind_at)
    update = {
        "status": "delivered",
        "delivered_at": delivered_at,
        "late_by": delivered_at - reminder.remind_at,
        "reason": None,
        "version": reminder.version + 1,
    }
    return replace(record, reminder=reminder.model_copy(update=update))


def after_failure(record: Record, notification: Notification) -> Record | None:
    """Return a reminder after a channel was given up: failed with the last one's reason; None where nothing changes."""
    reminder = record.reminder
    if not record.waits or notification.remind_at != reminder.remind_at or str(notification.id) in record.failed:
        return None
    failed = (*record.failed, str(notification.id))
    if len(failed) < notification.siblings:
        return replace(record, failed=failed)
    reason = ": ".join(part for part in (notification.channel, notification.reason or "failed") if part)
    update = {"status": "failed", "reason": reason, "version": reminder.version + 1}
    return replace(record, failed=failed, reminder=reminder.model_copy(update=update))
