"""What is said of tasks. Each event carries the whole task, so that a reaction needs nobody else's table."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from events.data import About, EventData, Value
from events.fields import Duration, Instant, Line, Patience, Tag, Text, UserId, ZoneName

Status = Literal["open", "completed"]
Priority = Literal["none", "low", "medium", "high"]
Tags = Annotated[list[Tag], Field(max_length=20)]


class Recurrence(Value):
    """How a task comes again: an RRULE without its name (RFC 5545, section 3.3.10), and what it counts from."""

    rule: Annotated[str, Field(min_length=1, max_length=500)]
    anchor: Literal["due", "completion"] = "due"
    missed: Literal["skip", "latest", "all"] = "skip"
    month_end: Literal["skip", "clamp"] = Field(
        default="skip", description="a month without the rule's day: skipped, as RFC 5545 has it, or its last day"
    )


class ReminderSpec(Value):
    """When to remind: so long before the task is due, or at a moment of its own."""

    before: Duration | None = None
    at: Instant | None = None
    max_lateness: Patience | None = Field(
        default=None,
        description="how late it may still be sent, quiet hours and retries included; later it fails instead",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.before is None) == (self.at is None):
            raise ValueError("must have either before or at")
        return self


Reminders = Annotated[list[ReminderSpec], Field(max_length=20)]


class Series(Value):
    """What the occurrences of a recurring task have in common."""

    id: UUID
    start: datetime = Field(description="the first due date on the wall clock of timeZone: DTSTART")
    time_zone: ZoneName
    recurrence: Recurrence
    exdates: list[Instant] = Field(
        default_factory=list, description="occurrences left out: EXDATE (RFC 5545, section 3.8.5.1)"
    )


class Task(Value):
    """A task, as its owner sees it and as every task event carries it."""

    id: UUID
    user_id: UserId
    title: Line
    notes: Text = ""
    status: Status = "open"
    priority: Priority = "none"
    tags: Tags = Field(default_factory=list)
    due_at: Instant | None = None
    time_zone: ZoneName | None = None
    recurrence: Recurrence | None = None
    reminders: Reminders = Field(default_factory=list)
    series_id: UUID | None = None
    occurrence: int | None = Field(default=None, ge=1, description="ordinal within the series' recurrence set")
    recurrence_id: Instant | None = Field(
        default=None, description="when the rule puts this occurrence, wherever its due date was moved since"
    )
    version: int = Field(ge=1)
    created_at: Instant
    updated_at: Instant
    completed_at: Instant | None = None


class TaskEvent(EventData):
    """A task after a change, the task before it, and its series where it has one."""

    task: Task
    previous: Task | None = None
    series: Series | None = None

    def about(self) -> About:
        """Route by whether the task has, or had, a recurrence and reminders."""
        states = [state for state in (self.task, self.previous) if state]
        routing = {}
        if any(state.recurrence for state in states):
            routing["recurring"] = "true"
        if any(state.reminders for state in states):
            routing["reminders"] = "true"
        key = str(self.task.id)
        return About(subject=key, partitionkey=key, userid=self.task.user_id, routing=routing)


class TaskCreated(TaskEvent):
    """A task came into being."""


class TaskUpdated(TaskEvent):
    """Something about a task changed."""


class TaskCompleted(TaskEvent):
    """A task was done."""


class TaskReopened(TaskEvent):
    """A task that was done is to be done again."""


class TaskDeleted(TaskEvent):
    """A task is gone; the event carries its last state."""

    skipped: bool = Field(default=False, description="whether its series goes on without it")
