"""Creating tasks."""

from typing import Any

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    create_task,
    emitted_task_events,
    read_series,
    read_task,
    rejected_fields,
)

BEFORE = {"reminders": [{"before": "PT30M"}]}


def test_a_created_task_is_returned_stored_and_emitted(tasks: FunctionUnderTest) -> None:
    """The response is 201 with its location and version. The event carries the whole task."""
    answer = tasks.call("POST", "/tasks", {**TEA, "notes": "Green", "tags": ["home"], "priority": "high", **BEFORE})
    task = answer.json or {}
    assert (answer.status_code, answer.headers["Location"], answer.headers["ETag"]) == (
        201,
        f"/tasks/{task['id']}",
        '"1"',
    )
    assert read_task(tasks, task) == task
    assert {name: task[name] for name in ("userId", "status", "dueAt", "notes", "tags", "priority")} == {
        "userId": "alice",
        "status": "open",
        "dueAt": "2026-03-02T13:00:00Z",
        "notes": "Green",
        "tags": ["home"],
        "priority": "high",
    }
    [event] = tasks.emitted
    assert isinstance(event.data, TaskCreated)
    assert event.data.task.model_dump(mode="json", by_alias=True) == task
    attributes = event.attributes
    assert (attributes.subject, attributes.userid, attributes.reminders) == (task["id"], "alice", "true")
    assert (attributes.recurring, event.data.series) == (None, None)
    assert attributes.correlationid == answer.headers["X-Correlation-Id"]


def test_the_event_of_a_recurring_task_carries_its_series(tasks: FunctionUnderTest) -> None:
    """The task is the first occurrence, even if its rule does not produce that day."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=FR"}})
    [event] = tasks.emitted
    [emitted] = emitted_task_events(tasks)
    assert emitted.series is not None
    assert (task["occurrence"], str(emitted.series.id), event.attributes.recurring) == (1, task["seriesId"], "true")
    assert emitted.series.start.isoformat() == "2026-03-02T14:00:00"


def test_hostile_text_is_stored_unchanged(tasks: FunctionUnderTest) -> None:
    """Quotes, markup, bidirectional marks and astral characters are text."""
    text = "'; DROP TABLE tasks; -- \\ \" %s :name {0} <b>\u202e\U0001f375 \\u0000"
    task = create_task(tasks, {**TEA, "title": text, "notes": text, "tags": ["%", "'"]})
    assert (read_task(tasks, task)["title"], read_task(tasks, task)["notes"], read_task(tasks, task)["tags"]) == (
        text,
        text,
        ["%", "'"],
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"dueAt": "2026-03-02T13:00:00", "timeZone": None}, "dueAt"),
        ({"dueAt": "8999-12-31T23:59:00", "timeZone": "America/New_York"}, "dueAt"),
        ({"recurrence": {"rule": "FREQ=DAILY;BYDAY=XX"}}, "recurrence.rule"),
        ({"owner": "mallory"}, "owner"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_invalid_body_is_rejected_by_field(
    tasks: FunctionUnderTest, method: str, changes: dict[str, Any], field: str
) -> None:
    """A problem names the field. No task is stored and no event is emitted."""
    path = "/tasks" if method == "POST" else f"/tasks/{create_task(tasks)['id']}"
    emitted = len(tasks.emitted)
    answer = tasks.call(method, path, {**TEA, **changes})
    assert rejected_fields(answer) == (400, [field])
    assert answer.mimetype == "application/problem+json"
    assert len(tasks.emitted) == emitted


def test_a_repeated_request_returns_the_same_task(tasks: FunctionUnderTest) -> None:
    """An Idempotency-Key works even if the state store has lost it. The series keeps its later status."""
    task = create_task(tasks, DAILY, idempotency_key="one")
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "ended"})
    ended = read_series(tasks, task)
    assert create_task(tasks, DAILY, idempotency_key="one") == task
    tasks.database.run("DELETE FROM state.entries")
    assert create_task(tasks, DAILY, idempotency_key="one") == task
    assert read_series(tasks, task) == ended
    assert tasks.emitted_types() == ["TaskCreated"]


def test_an_idempotency_key_is_for_one_request(tasks: FunctionUnderTest) -> None:
    """Another body is a 422, even if the state store has lost the first request."""
    create_task(tasks, DAILY, idempotency_key="one")
    tasks.database.run("DELETE FROM state.entries")
    assert tasks.call("POST", "/tasks", TEA, idempotency_key="one").status_code == 422
    assert create_task(tasks, TEA, idempotency_key="one", user="bob")["userId"] == "bob"
