"""What a receiver outside is handed: the same at every try, with the notification's id, by which it knows a repeat."""

from events.notification import Notification

_WANTED = {"id", "kind", "title", "body", "task_id", "reminder_id", "remind_at"}


def payload_of(notification: Notification) -> dict[str, object]:
    """Return it as Standard Webhooks has it; ``timestamp`` is the time of the event."""
    shown = notification.model_dump(mode="json", by_alias=True, include=_WANTED, exclude_none=True)
    return {
        "type": f"notification.{notification.kind}",
        "timestamp": notification.created_at.isoformat(),
        "data": shown,
    }
