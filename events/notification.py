"""Events of the notifications domain, and the notification that they carry."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from events.data import EventData, RoutingAttributes, Value
from events.fields import Instant, Line, Text, UserId

NotificationStatus = Literal["requested", "sent", "delivered", "failed", "withdrawn"]
"""A notification is withdrawn if its task or reminder ended before it was sent. No event is emitted for that."""


class Notification(Value):
    """A message to one user through one channel. The channel's address is only in the tables of the domain."""

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
    siblings: int = Field(default=1, ge=1, description="number of channels that the same message is sent through")
    attempts: int = 0
    next_try_at: Instant | None = Field(
        default=None, description="when the channel is tried again, or when quiet hours end"
    )
    created_at: Instant
    sent_at: Instant | None = None
    delivered_at: Instant | None = None
    read_at: Instant | None = None
    late_by: timedelta | None = None
    reason: str | None = None


class NotificationEvent(EventData):
    """A notification after a change."""

    notification: Notification

    def routing_attributes(self) -> RoutingAttributes:
        """Return the task as partition key, or the notification if it has no task."""
        notification = self.notification
        key = str(notification.task_id or notification.id)
        return RoutingAttributes(subject=str(notification.id), partitionkey=key, userid=notification.user_id)


class NotificationRequested(NotificationEvent):
    """A notification was requested through a channel, for the first time or again."""

    until: Instant | None = Field(default=None, description="latest moment at which the channel may be tried")
    as_of: Instant | None = Field(
        default=None,
        description="time of the change that planned the notification; "
        "if the task ends after this time, the notification is withdrawn",
    )
    concluded: bool = Field(
        default=False, description="the request was handled in its own transaction; no channel must be tried for it"
    )

    def routing_attributes(self) -> RoutingAttributes:
        """Add the flag ``concluded``: a request that was handled already starts no function."""
        flags = {"concluded": "true"} if self.concluded else {}
        return replace(super().routing_attributes(), flags=flags)


class NotificationSent(NotificationEvent):
    """A channel accepted the notification."""


class NotificationDelivered(NotificationEvent):
    """A channel confirmed the notification."""


class NotificationFailed(NotificationEvent):
    """A channel was given up; ``reason`` explains why."""
