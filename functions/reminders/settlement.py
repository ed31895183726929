"""Decides what the end of a notification means for its reminder. Pure."""

from dataclasses import replace
from datetime import datetime

from events.notification import Notification
from functions.reminders.reminder_record import ReminderRecord


def settle_delivery(record: ReminderRecord, notification: Notification, *, now: datetime) -> ReminderRecord | None:
    """Return the reminder as delivered, or None if the delivery changes nothing.

    Only a notification of the current moment counts, and only the first that was delivered. A reminder that was
    cancelled while its notification was on the way counts as delivered, as the user did see it. ``now`` is used if the
    notification has no time of its own.
    """
    reminder = record.reminder
    if reminder.status == "delivered" or notification.remind_at != reminder.remind_at:
        return None
    delivered_at = notification.delivered_at or notification.sent_at or now
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


def settle_failure(record: ReminderRecord, notification: Notification) -> ReminderRecord | None:
    """Return the reminder after a notification failed, or None if the failure changes nothing.

    The reminder fails with the last of its notifications, for that notification's reason.
    """
    reminder = record.reminder
    is_current = notification.remind_at == reminder.remind_at
    if not (record.is_pending and is_current) or str(notification.id) in record.failed:
        return None
    failed = (*record.failed, str(notification.id))
    if len(failed) < notification.siblings:
        return replace(record, failed=failed)
    reason = ": ".join(part for part in (notification.channel, notification.reason or "failed") if part)
    update = {"status": "failed", "reason": reason, "version": reminder.version + 1}
    return replace(record, failed=failed, reminder=reminder.model_copy(update=update))
