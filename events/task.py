"""Events of the tasks domain, and the task that they carry.

Each event carries the whole task, so that a reaction needs no table of the tasks domain.
"""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from events.data import EventData, RoutingAttributes, Value
from events.fields import Duration, Instant, Line, PositiveDuration, Tag, Text, UserId, ZoneName

Status = Literal["open", "completed"]
Priority = Literal["none", "low", "medium", "high"]
Tags = Annotated[list[Tag], Field(max_length=20)]


class Recurrence(Value):
    """How a task recurs: the value of an RRULE (RFC 5545, section 3.3.10), such as ``FREQ=DAILY``, and its options."""

    rule: Annotated[str, Field(min_length=1, max_length=500)]
    anchor: Literal["due", "completion"] = "due"
    missed: Literal["skip", "latest", "all"] = "skip"
    month_end: Literal["skip", "clamp"] = Field(
        default="skip",
        description="in a month without the rule's day: no occurrence, as in RFC 5545, or one on the last day",
    )


class ReminderSpec(Value):
    """When to remind of a task: a duration before the task is due, or a fixed moment."""

    before: Duration | None = None
    at: Instant | None = None
    max_lateness: PositiveDuration | None = Field(
        default=None,
        description="longest delay of the reminder, including quiet hours and retries; after that the reminder fails",
    )

    @model_validator(mode="after")
    def _check_exactly_one(self) -> Self:
        if (self.before is None) == (self.at is None):
            raise ValueError("must have either before or at")
        return self


Reminders = Annotated[list[ReminderSpec], Field(max_length=20)]


class Series(Value):
    """The properties that all occurrences of a recurring task share."""

    id: UUID
    start: datetime = Field(description="the first due date on the wall clock of timeZone: DTSTART")
    time_zone: ZoneName
    recurrence: Recurrence
    exdates: list[Instant] = Field(
        default_factory=list, description="excluded occurrences: EXDATE (RFC 5545, section 3.8.5.1)"
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
        default=None, description="due date of this occurrence by the rule, even if the due date was moved since"
    )
    version: int = Field(ge=1)
    created_at: Instant
    updated_at: Instant
    completed_at: Instant | None = None


class TaskEvent(EventData):
    """A task after a change, the task before the change, and its series if it has one."""

    task: Task
    previous: Task | None = None
    series: Series | None = None

    def routing_attributes(self) -> RoutingAttributes:
        """Add a flag for a recurrence and for reminders that the task has, or had before the change."""
        states = [state for state in (self.task, self.previous) if state]
        flags = {}
        if any(state.recurrence for state in states):
            flags["recurring"] = "true"
        if any(state.reminders for state in states):
            flags["reminders"] = "true"
        key = str(self.task.id)
        return RoutingAttributes(subject=key, partitionkey=key, userid=self.task.user_id, flags=flags)


class TaskCreated(TaskEvent):
    """A task was created."""


class TaskUpdated(TaskEvent):
    """A task was changed."""


class TaskCompleted(TaskEvent):
    """A task was completed."""


class TaskReopened(TaskEvent):
    """A completed task was reopened."""


class TaskDeleted(TaskEvent):
    """A task was deleted; the event carries its last state."""

    skipped: bool = Field(default=False, description="whether the series continues without this occurrence")
