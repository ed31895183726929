"""Validating the body that describes a task."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from events.fields import LATEST
from events.task import Task
from functions.chassis.http.problem import Problem
from functions.tasks.draft import TaskDraft

DUE = {"title": "Tea", "dueAt": "2026-03-02T13:00:00", "timeZone": "Europe/Berlin"}


def task_fields(**changes: Any) -> dict[str, Any]:
    """Return the task fields of a draft with a due date, with changes."""
    return TaskDraft.model_validate({**DUE, **changes}).to_task_fields()


def rejected(**changes: Any) -> tuple[str, str]:
    """Return the field and the message of the error for an invalid draft."""
    with pytest.raises((ValidationError, Problem)) as raised:
        task_fields(**changes)
    error = raised.value
    if isinstance(error, Problem):
        [wrong] = error.errors
        return wrong["field"], wrong["message"]
    assert isinstance(error, ValidationError)
    [one] = error.errors()
    return ".".join(str(part) for part in one["loc"]), one["msg"]


@pytest.mark.parametrize(
    ("due_at", "zone", "moment"),
    [
        pytest.param("2026-03-02T13:00:00+01:00", None, "2026-03-02T12:00:00Z", id="offset"),
        pytest.param("2026-03-02T13:00:00+01:00", "Asia/Tokyo", "2026-03-02T12:00:00Z", id="offset-wins"),
        pytest.param("2026-03-02T13:00", "Europe/Berlin", "2026-03-02T12:00:00Z", id="wall-clock"),
        pytest.param("2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:30:00Z", id="gap-moves-forward"),
        pytest.param("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z", id="fold-is-the-first"),
    ],
)
def test_a_due_date_becomes_an_instant(due_at: str, zone: str | None, moment: str) -> None:
    """The offset decides. Without an offset the time is on the wall clock of the zone."""
    assert task_fields(dueAt=due_at, timeZone=zone)["due_at"] == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"timeZone": None}, "dueAt", "needs an offset, or a timeZone beside it"),
        ({"dueAt": None, "recurrence": {"rule": "FREQ=DAILY"}}, "dueAt", "is required with a recurrence"),
        (
            {"dueAt": "2026-03-02T13:00:00Z", "timeZone": None, "recurrence": {"rule": "FREQ=DAILY"}},
            "timeZone",
            "is required with a recurrence",
        ),
        ({"recurrence": {"rule": "FREQ=DAILY;COUNT=0"}}, "recurrence.rule", "COUNT must be a number"),
        ({"recurrence": {"rule": "FREQ=NEVER"}}, "recurrence.rule", "FREQ must be one of"),
        ({"recurrence": {"rule": "FREQ=DAILY", "until": "x"}}, "recurrence.until", "not permitted"),
        ({"recurrence": {"rule": "FREQ=DAILY", "anchor": "moon"}}, "recurrence.anchor", "'due' or 'completion'"),
        ({"dueAt": None, "reminders": [{"before": "PT5M"}]}, "dueAt", "is required with a reminder"),
        ({"reminders": [{"before": "PT5M"}, {"before": "PT5M"}]}, "reminders.1", "is the same as one above"),
        ({"reminders": [{}]}, "reminders.0", "either before or at"),
        ({"reminders": [{"at": "2026-03-02T13:00:00"}]}, "reminders.0.at", "with an offset"),
        ({"reminders": [{"before": "tomorrow"}]}, "reminders.0.before", "ISO 8601"),
        ({"dueAt": "1970-01-02T00:00:00", "reminders": [{"before": "P9999W"}]}, "reminders.0.before", "reaches back"),
        ({"reminders": [{"before": f"PT{number}M"} for number in range(21)]}, "reminders", "at most 20"),
        ({"title": " \n"}, "title", "at least 1 character"),
        ({"title": "x" * 501}, "title", "at most 500"),
        ({"title": "a\x00b"}, "title", "NUL"),
        ({"title": "\ud800"}, "title", "unicode"),
        ({"notes": "x" * 10_001}, "notes", "at most 10000"),
        ({"tags": ["x"] * 21}, "tags", "at most 20"),
        ({"tags": [""]}, "tags.0", "at least 1 character"),
        ({"priority": "asap"}, "priority", "'none', 'low', 'medium' or 'high'"),
        ({"timeZone": "Mars/Olympus"}, "timeZone", "IANA"),
        ({"timeZone": "../../etc/passwd"}, "timeZone", "IANA"),
        ({"dueAt": "tomorrow"}, "dueAt", "RFC 3339"),
        ({"dueAt": 1772452800}, "dueAt", "RFC 3339"),
        ({"dueAt": "2026-02-30T13:00:00"}, "dueAt", "valid datetime"),
        ({"dueAt": "1969-12-31T23:59:59Z"}, "dueAt", "from the year 1970"),
        ({"dueAt": "9999-12-31T23:59:59"}, "dueAt", "up to the year 9000"),
        ({"dueAt": "1970-01-01T00:30:00"}, "dueAt", "from the year 1970"),
        ({"dueAt": "8999-12-31T23:59:00", "timeZone": "America/New_York"}, "dueAt", "up to the year 9000"),
        ({"done": True}, "done", "not permitted"),
    ],
)
def test_an_invalid_field_is_rejected_by_name(changes: dict[str, Any], field: str, message: str) -> None:
    """Each error names the field to change and the valid values."""
    where, why = rejected(**changes)
    assert where == field
    assert message in why


def test_reminders_are_checked_before_the_recurrence() -> None:
    """A draft with several errors gets the one of the reminders first."""
    daily, never = {"rule": "FREQ=DAILY"}, {"rule": "FREQ=NEVER"}
    before = [{"before": "PT5M"}]
    assert "with a reminder" in rejected(dueAt=None, reminders=before, recurrence=daily)[1]
    assert rejected(reminders=before * 2, recurrence=never)[0] == "reminders.1"


def test_only_the_title_is_required() -> None:
    """Every other field of a draft has the same default as the field of a task."""
    drafted = TaskDraft.model_validate({"title": " Tea "}).to_task_fields()
    assert drafted.pop("title") == "Tea"
    fields = {name: Task.model_fields[name] for name in drafted}
    assert drafted == {name: field.get_default(call_default_factory=True) for name, field in fields.items()}


def test_a_repeated_tag_is_stored_once() -> None:
    """Tags stay in the order of the request."""
    assert task_fields(tags=["home", "garden", "home "])["tags"] == ["home", "garden"]


def test_the_first_and_the_last_instant_are_accepted() -> None:
    """The range of due dates includes 1 January 1970, and ends before 1 January 9000."""
    assert task_fields(dueAt="8999-12-31T23:59:59.999999Z")["due_at"] < LATEST
    assert task_fields(dueAt="1970-01-01T00:00:00Z")["due_at"] == datetime(1970, 1, 1, tzinfo=UTC)


def test_two_reminders_cannot_differ_in_max_lateness_alone() -> None:
    """``maxLateness`` is part of the reminder. Two reminders for the same moment are rejected."""
    patient = {"before": "PT30M", "maxLateness": "PT5M"}
    (reminder,) = task_fields(reminders=[patient])["reminders"]
    assert reminder.max_lateness == "PT5M"
    assert rejected(reminders=[patient, {"before": "PT30M"}]) == ("reminders.1", "is the same as one above")
