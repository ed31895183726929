"""What is said of reminders."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from events.data import About, EventData, Value
from events.fields import Duration, Instant, Line, Patience, UserId, ZoneName

ReminderStatus = Literal["scheduled", "delivered", "failed", "cancelled"]


class Reminder(Value):
    """A promise to remind someone at a moment, of a task or of something by itself."""

    id: UUID
    user_id: UserId
    task_id: UUID | None = None
    title: Line
    before: Duration | None = None
    at: Instant | None = None
    max_lateness: Patience | None = None
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

    def about(self) -> About:
        """Key by the task, so that whoever orders by partition sees a task's events in a row."""
        reminder = self.reminder
        key = str(reminder.task_id or reminder.id)
        return About(subject=str(reminder.id), partitionkey=key, userid=reminder.user_id)


class ReminderScheduled(ReminderEvent):
    """A reminder was planned, or planned anew."""

    def about(self) -> About:
        """Route by whether it was planned before."""
        routing = {"moved": "true"} if self.reminder.version > 1 else {}
        return replace(super().about(), routing=routing)


class ReminderDue(ReminderEvent):
    """A reminder's moment has come. The outbox says it then, never earlier."""

    until: Instant | None = Field(default=None, description="after this moment it is too late: not to be sent any more")
    as_of: Instant | None = Field(
        default=None, description="the change that it was planned by: what ended its task later than that ended it too"
    )


class ReminderSnoozed(ReminderEvent):
    """A user asked to be reminded later."""


class ReminderCancelled(ReminderEvent):
    """A reminder will not fire: its task was completed, changed or deleted, or the user dismissed it."""


class ReminderDelivered(ReminderEvent):
    """A channel confirmed the reminder; ``lateBy`` says how late it was."""


class ReminderFailed(ReminderEvent):
    """A reminder was given up; ``reason`` says why."""
