"""Events of the reminders domain, and the reminder that they carry."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from events.data import EventData, RoutingAttributes, Value
from events.fields import Duration, Instant, Line, PositiveDuration, UserId, ZoneName

ReminderStatus = Literal["scheduled", "delivered", "failed", "cancelled"]


class Reminder(Value):
    """A message that a user receives at a given moment, about a task or on its own."""

    id: UUID
    user_id: UserId
    task_id: UUID | None = None
    title: Line
    before: Duration | None = None
    at: Instant | None = None
    max_lateness: PositiveDuration | None = None
    remind_at: Instant
    due_at: Instant | None = None
    time_zone: ZoneName | None = None
    status: ReminderStatus = "scheduled"
    snoozed: bool = False
    delivered_at: Instant | None = None
    late_by: timedelta | None = None
    reason: str | None = None
    version: int = 1


class ReminderEvent(EventData):
    """A reminder after a change."""

    reminder: Reminder

    def routing_attributes(self) -> RoutingAttributes:
        """Return the task as partition key, so that all events of a task are in one partition."""
        reminder = self.reminder
        key = str(reminder.task_id or reminder.id)
        return RoutingAttributes(subject=str(reminder.id), partitionkey=key, userid=reminder.user_id)


class ReminderScheduled(ReminderEvent):
    """A reminder was scheduled, or moved to another time."""

    def routing_attributes(self) -> RoutingAttributes:
        """Add the flag ``moved`` for a reminder that was scheduled before."""
        flags = {"moved": "true"} if self.reminder.version > 1 else {}
        return replace(super().routing_attributes(), flags=flags)


class ReminderDue(ReminderEvent):
    """The moment of a reminder has come. The outbox publishes the event at that moment, never earlier."""

    until: Instant | None = Field(default=None, description="latest moment at which the reminder may be sent")
    as_of: Instant | None = Field(
        default=None,
        description="time of the change that planned the reminder; "
        "if the task ends after this time, the reminder is not sent",
    )


class ReminderSnoozed(ReminderEvent):
    """A user postponed a reminder."""


class ReminderCancelled(ReminderEvent):
    """A reminder will not fire: its task was completed, changed or deleted, or the user dismissed it."""


class ReminderDelivered(ReminderEvent):
    """A channel confirmed the reminder; ``lateBy`` is its delay."""


class ReminderFailed(ReminderEvent):
    """A reminder was given up; ``reason`` explains why."""
