"""The changes that follow from an attempt, collected before any of them is stored. Pure.

:mod:`functions.notifications.attempt_conclusion` decides which changes there are.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from events.data import EventData
from events.ids import derived_id
from events.notification import (
    Notification,
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
)
from functions.notifications.notification_record import NotificationRecord


@dataclass(frozen=True, slots=True)
class Emission:
    """An event to emit, now or at a later moment."""

    data: EventData
    event_id: UUID
    at: datetime | None = None


@dataclass(slots=True)
class AttemptChanges:
    """Rows to store and events to emit. Each method adds the changes of one outcome."""

    attempted: Notification | None = None
    """The notification with its new count of attempts, if an attempt was made."""
    updated: list[Notification] = field(default_factory=list)
    requested: list[NotificationRecord] = field(default_factory=list)
    """Notifications through the channels to try next."""
    joined_digest: UUID | None = None
    emissions: list[Emission] = field(default_factory=list)

    def deliver(self, notification: Notification, now: datetime) -> None:
        """End a notification as delivered. Every channel confirms at once, so it is sent at the same moment."""
        sent = notification.model_copy(update={"status": "sent", "sent_at": now, "reason": None, "next_try_at": None})
        late_by = max(timedelta(), now - sent.remind_at) if sent.remind_at else None
        delivered = self._end(sent, status="delivered", delivered_at=now, late_by=late_by)
        self.emissions.append(Emission(NotificationSent(notification=sent), _derive_event_id(sent, "sent")))
        data = NotificationDelivered(notification=delivered)
        self.emissions.append(Emission(data, _derive_event_id(sent, "delivered")))

    def fail(self, notification: Notification, reason: str | None) -> None:
        """End a notification as failed."""
        failed = self._end(notification, status="failed", reason=reason)
        self.emissions.append(Emission(NotificationFailed(notification=failed), _derive_event_id(failed, "failed")))

    def withdraw(self, notification: Notification, reason: str) -> None:
        """End a notification as withdrawn, without an event."""
        self._end(notification, status="withdrawn", reason=reason)

    def defer(self, asked: NotificationRequested, notification: Notification, until: datetime) -> None:
        """Request the same attempt again at the end of the quiet hours."""
        event_id = derived_id("deferral", notification.id, notification.attempts + 1, until.isoformat())
        self.wait(asked, notification, until=until, reason="waits for the end of the quiet hours", event_id=event_id)

    def wait(
        self,
        asked: NotificationRequested,
        notification: Notification,
        *,
        until: datetime,
        reason: str | None,
        event_id: UUID,
    ) -> None:
        """Request an attempt at a later moment, with the latest moment of delivery of the one before."""
        waiting = notification.model_copy(update={"next_try_at": until, "reason": reason})
        self.updated.append(waiting)
        self.emissions.append(Emission(asked.model_copy(update={"notification": waiting}), event_id, at=until))

    def _end(self, notification: Notification, **update: object) -> Notification:
        ended = notification.model_copy(update={"next_try_at": None, **update})
        self.updated.append(ended)
        return ended


def _derive_event_id(notification: Notification, outcome: str) -> UUID:
    return derived_id("notification", notification.id, outcome)
