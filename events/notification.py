"""What is said of notifications: one message to one user through one channel."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from events.data import About, EventData, Value
from events.fields import Instant, Line, Text, UserId

NotificationStatus = Literal["requested", "sent", "delivered", "failed", "withdrawn"]
"""Withdrawn: what it tells was over before it was sent. Nothing is said of that beyond what ended it."""


class Notification(Value):
    """A message to a user through one channel. The channel's address stays with the notifications' tables."""

    id: UUID
    user_id: UserId
    kind: Literal["reminder", "message", "digest"]
    channel: str
    title: Line
    body: Text = ""
    status: NotificationStatus = "requested"
    task_id: UUID | None = None
    reminder_id: UUID | None = None
    remind_at: Instant | None = None
    siblings: int = Field(default=1, ge=1, description="how many channels the same cause was sent through")
    attempts: int = 0
    next_try_at: Instant | None = Field(default=None, description="when a channel is tried again, or quiet hours end")
    created_at: Instant
    sent_at: Instant | None = None
    delivered_at: Instant | None = None
    read_at: Instant | None = None
    late_by: timedelta | None = None
    reason: str | None = None


class NotificationEvent(EventData):
    """A notification after a change."""

    notification: Notification

    def about(self) -> About:
        """Key by the task where there is one."""
        notification = self.notification
        key = str(notification.task_id or notification.id)
        return About(subject=str(notification.id), partitionkey=key, userid=notification.user_id)


class NotificationRequested(NotificationEvent):
    """A channel is to be tried, for the first or another time."""

    until: Instant | None = Field(
        default=None, description="after this moment it is too late: not to be tried any more"
    )
    as_of: Instant | None = Field(
        default=None, description="the change that it was planned by: what ended its task later than that ended it too"
    )


class NotificationSent(NotificationEvent):
    """A channel took the notification."""


class NotificationDelivered(NotificationEvent):
    """A channel confirmed the notification."""


class NotificationFailed(NotificationEvent):
    """A channel was given up; ``reason`` says why."""
