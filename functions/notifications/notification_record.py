"""A row of the table of notifications: the notification, and the values that only this domain uses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.ids import derived_id
from events.notification import Notification
from functions.notifications.channels.channel import Channel


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A notification with the data that is stored beside it."""

    notification: Notification
    channel: Channel
    """The channel that the notification was requested for, without secrets."""
    request_digest: str | None = None
    """The digest of the HTTP request that caused the notification."""
    fallback_cause: UUID | None = None
    """The id that all channels of one cause share, if the next channel is tried when this one fails."""
    as_of: datetime | None = None
    """The moment of the task's change that the notification was planned from."""


def derive_channel_ids(cause: UUID, channels: list[Channel]) -> dict[UUID, Channel]:
    """Return the channels by the ids of their notifications, which derive from the cause and the channel."""
    return {derived_id("notification", cause, channel.identity): channel for channel in channels}


def derive_attempt_id(notification_id: UUID, attempt: int) -> UUID:
    """Return the id of the NotificationRequested for an attempt, counted from 1."""
    return derived_id("attempt", notification_id, attempt)
