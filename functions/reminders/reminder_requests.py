"""The bodies and queries that clients send to the HTTP function `reminders`."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from events.fields import LATEST, Duration, Instant, Line, PositiveDuration, WrittenTime, ZoneName, zone_of
from events.reminder import ReminderStatus
from events.task import ReminderSpec
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Body, PageQuery
from functions.schedule.duration import add_duration, parse_duration
from functions.schedule.wall_clock import to_instant


class NewReminder(Body):
    """A reminder of a task (``taskId`` with ``before`` or ``at``), or one without a task (``title`` and ``at``)."""

    task_id: UUID | None = None
    title: Line | None = None
    before: Duration | None = None
    at: WrittenTime | None = None
    time_zone: ZoneName | None = None
    max_lateness: PositiveDuration | None = None

    @model_validator(mode="after")
    def _check_members(self) -> Self:
        if self.task_id is None and (self.title is None or self.at is None or self.before is not None):
            raise ValueError("must have title and at, or taskId with before or at")
        if self.task_id is not None and self.title is not None:
            raise ValueError("must not have both taskId and title: a task's reminder has the task's title")
        if self.task_id is not None and (self.before is None) == (self.at is None):
            raise ValueError("must have either before or at beside taskId")
        if self.time_zone is not None and self.at is None:
            raise ValueError("must have at beside timeZone: before counts in the task's own zone")
        return self

    def moment(self) -> datetime | None:
        """Return ``at`` in UTC, or None; raises the 400 of a wall-clock time without a zone."""
        return _to_utc(self.at, self.time_zone, "at")

    def spec(self) -> ReminderSpec:
        """Return the reminder in the form that a task holds."""
        return ReminderSpec(before=self.before, at=self.moment(), max_lateness=self.max_lateness)


class Snooze(Body):
    """How long to snooze a reminder (``for``), or until which moment (``until``)."""

    duration: Annotated[Duration | None, Field(alias="for")] = None
    until: WrittenTime | None = None
    time_zone: ZoneName | None = None

    @model_validator(mode="after")
    def _check_one_of_both(self) -> Self:
        if (self.duration is None) == (self.until is None):
            raise ValueError("must have either for or until")
        return self

    def moment(self, *, now: datetime, zone: str | None) -> datetime:
        """Return the moment at which the reminder fires again, in UTC.

        Days of ``for`` count on the wall clock of the request's ``timeZone``, or else of ``zone``, the reminder's own.
        Raises the 400 of a moment that is not in the future, or too far in it.
        """
        zone = self.time_zone or zone
        name = "until" if self.duration is None else "for"
        if self.duration is not None:
            until = add_duration(now, parse_duration(self.duration), zone_of(zone))
        else:
            until = _to_utc(self.until, zone, name) or now
        if not now < until < LATEST:
            raise field_problem(400, name, "must lead to a moment in the future")
        return until


class ReminderQuery(PageQuery):
    """Filters of the list of reminders; a reminder must match all of them."""

    status: ReminderStatus | None = None
    task_id: UUID | None = None
    remind_after: Annotated[Instant | None, Field(description="at or after this moment")] = None
    remind_before: Annotated[Instant | None, Field(description="before this moment")] = None
    due_after: Annotated[Instant | None, Field(description="the task is due at or after this moment")] = None
    due_before: Annotated[Instant | None, Field(description="the task is due before this moment")] = None


def _to_utc(time: datetime | None, zone: str | None, name: str) -> datetime | None:
    if time is None or time.tzinfo is not None:
        return time.astimezone(UTC) if time else None
    if zone is None:
        raise field_problem(400, name, "needs an offset, or a timeZone beside it")
    return to_instant(time, zone_of(zone))
