"""The body of a request that creates or replaces a task, with all checks that need no database."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from events.fields import EARLIEST, LATEST, OUT_OF_RANGE, Line, Text, WrittenTime, ZoneName, zone_of
from events.task import Priority, Recurrence, ReminderSpec, Tags
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Body
from functions.schedule.reminder_times import reminder_time
from functions.schedule.wall_clock import to_instant
from functions.tasks.rule_validation import validate_rule


class RecurrenceDraft(Recurrence):
    """How a task recurs."""

    model_config = ConfigDict(extra="forbid")


class ReminderDraft(ReminderSpec):
    """When to remind the owner of a task."""

    model_config = ConfigDict(extra="forbid")


class TaskDraft(Body):
    """A task as its owner wants it. A time in a DST gap moves forward by the gap, one in a fold is the first."""

    title: Line
    notes: Text = ""
    priority: Priority = "none"
    tags: Tags = Field(default_factory=list)
    due_at: WrittenTime | None = None
    time_zone: ZoneName | None = None
    recurrence: RecurrenceDraft | None = None
    reminders: Annotated[list[ReminderDraft], Field(max_length=20)] = Field(default_factory=list)

    def to_task_fields(self) -> dict[str, Any]:
        """Return the fields of a :class:`Task` with times as instants and each tag once.

        Raises a 400 problem that names the field to change if the fields do not fit together. The due date is checked
        first, then the reminders, then the recurrence.
        """
        due_at = self._resolve_due_at()
        resolved = {
            "tags": list(dict.fromkeys(self.tags)),
            "due_at": due_at,
            "reminders": self._resolve_reminders(due_at),
            "recurrence": self._resolve_recurrence(due_at),
        }
        return {name: getattr(self, name) for name in type(self).model_fields} | resolved

    @property
    def wall_due_at(self) -> datetime | None:
        """The due date on the wall clock of ``time_zone``, or None if it has an offset or there is none."""
        return self.due_at if self.due_at and not self.due_at.tzinfo else None

    def _resolve_due_at(self) -> datetime | None:
        if self.due_at is None or self.due_at.tzinfo:
            return self.due_at
        if self.time_zone is None:
            raise field_problem(400, "dueAt", "needs an offset, or a timeZone beside it")
        moment = to_instant(self.due_at, zone_of(self.time_zone))
        if not EARLIEST <= moment < LATEST:  # the zone may move a valid time out of the range
            raise field_problem(400, "dueAt", OUT_OF_RANGE)
        return moment

    def _resolve_recurrence(self, due_at: datetime | None) -> Recurrence | None:
        if self.recurrence is None:
            return None
        for name, value in (("dueAt", due_at), ("timeZone", self.time_zone)):
            if value is None:
                raise field_problem(400, name, "is required with a recurrence, which counts from it")
        recurrence = Recurrence(**self.recurrence.model_dump())
        validate_rule(recurrence)
        return recurrence

    def _resolve_reminders(self, due_at: datetime | None) -> list[ReminderSpec]:
        reminders = [ReminderSpec(**draft.model_dump()) for draft in self.reminders]
        if due_at is None and any(reminder.before for reminder in reminders):
            raise field_problem(400, "dueAt", "is required with a reminder that comes before it")
        seen = set()
        for number, reminder in enumerate(reminders):
            if (reminder.before, reminder.at) in seen:
                raise field_problem(400, f"reminders.{number}", "is the same as one above")
            seen.add((reminder.before, reminder.at))
            zone = zone_of(self.time_zone)
            moment = reminder_time(before=reminder.before, at=reminder.at, due_at=due_at, zone=zone)
            if moment is None or moment < EARLIEST:
                raise field_problem(400, f"reminders.{number}.before", f"reaches back before the year {EARLIEST.year}")
        return reminders
