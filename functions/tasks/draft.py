"""What a user asks a task to be: the body of ``POST`` and ``PUT``, checked as far as one request can tell."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from events.fields import EARLIEST, LATEST, OUT_OF_RANGE, Line, Text, WrittenTime, ZoneName, zone_of
from events.task import Priority, Recurrence, ReminderSpec, Series, Tags
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Body
from functions.schedule import beginning
from functions.schedule.reminder_times import reminder_time
from functions.schedule.rule import RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.wall_clock import to_instant


class RecurrenceDraft(Recurrence):
    """How the task is to come again."""

    model_config = ConfigDict(extra="forbid")


class ReminderDraft(ReminderSpec):
    """When to remind."""

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

    def fields(self) -> dict[str, Any]:
        """Return the fields of a task as drafted, times resolved; raise the 400 that names what does not fit."""
        due_at = self._due_at()
        reminders = [
            ReminderSpec(before=one.before, at=one.at, max_lateness=one.max_lateness) for one in self.reminders
        ]
        if due_at is None and any(one.before for one in reminders):
            raise field_problem(400, "dueAt", "is required with a reminder that comes before it")
        for number, one in enumerate(reminders):
            if any((one.before, one.at) == (other.before, other.at) for other in reminders[:number]):
                raise field_problem(400, f"reminders.{number}", "is the same as one above")
            moment = reminder_time(before=one.before, at=one.at, due_at=due_at, zone=zone_of(self.time_zone))
            if moment is None or moment < EARLIEST:
                raise field_problem(400, f"reminders.{number}.before", f"reaches back before the year {EARLIEST.year}")
        return {
            "title": self.title,
            "notes": self.notes,
            "priority": self.priority,
            "tags": list(dict.fromkeys(self.tags)),
            "due_at": due_at,
            "time_zone": self.time_zone,
            "recurrence": self._recurrence(due_at),
            "reminders": reminders,
        }

    @property
    def written(self) -> datetime | None:
        """When it is due, on the wall clock and as it was written; None where it was written with an offset."""
        return self.due_at if self.due_at and not self.due_at.tzinfo else None

    def _due_at(self) -> datetime | None:
        if self.due_at is None or self.due_at.tzinfo:
            return self.due_at
        if self.time_zone is None:
            raise field_problem(400, "dueAt", "needs an offset, or a timeZone beside it")
        moment = to_instant(self.due_at, zone_of(self.time_zone))
        if not EARLIEST <= moment < LATEST:  # near either end the zone decides
            raise field_problem(400, "dueAt", OUT_OF_RANGE)
        return moment

    def _recurrence(self, due_at: datetime | None) -> Recurrence | None:
        if self.recurrence is None:
            return None
        for name, value in (("dueAt", due_at), ("timeZone", self.time_zone)):
            if value is None:
                raise field_problem(400, name, "is required with a recurrence, which counts from it")
        recurrence = Recurrence(**self.recurrence.model_dump())
        check_rule(recurrence)
        return recurrence


def check_beginning(series: Series) -> None:
    """Raise the 400 of a series whose rule leads nowhere from its start; it names the part to change."""
    rule = parse_rule(series.recurrence.rule, series.recurrence.month_end)
    try:
        zone, anchor = zone_of(series.time_zone), series.recurrence.anchor
        beginning.check_beginning(rule, start=series.start, zone=zone, anchor=anchor)
    except RuleError as error:
        raise field_problem(400, "recurrence.rule", str(error)) from None


def check_rule(recurrence: Recurrence) -> None:
    """Raise the 400 of a rule that cannot be followed; it names the part to change."""
    try:
        parse_rule(recurrence.rule, recurrence.month_end)
    except RuleError as error:
        raise field_problem(400, "recurrence.rule", str(error)) from None
