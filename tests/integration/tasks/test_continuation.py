"""Requests of create-next-occurrence for the next occurrence."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TOMORROW,
    UNKNOWN_ID,
    complete_task,
    create_task,
    emitted_task_events,
    read_task,
    rejected_fields,
    request_successor,
    service_authorization,
)


def test_the_next_occurrence_is_created_and_emitted(tasks: FunctionUnderTest) -> None:
    """It takes over the content of the task and moves its reminders. The event has the request's correlation id."""
    reminders = [{"before": "PT30M"}, {"at": "2026-03-02T08:00:00Z"}]
    task = create_task(tasks, {**DAILY, "notes": "Green", "tags": ["home"], "priority": "low", "reminders": reminders})
    complete_task(tasks, task)
    answer = request_successor(tasks, task, X_Correlation_Id="the-completion")
    after = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/tasks/{after['id']}")
    same = ("title", "notes", "tags", "priority", "timeZone", "recurrence", "seriesId", "userId")
    assert [after[name] for name in same] == [task[name] for name in same]
    assert (after["status"], after["dueAt"], after["occurrence"], after["version"]) == ("open", TOMORROW, 2, 1)
    assert [(one["before"], one["at"]) for one in after["reminders"]] == [
        ("PT30M", None),
        (None, "2026-03-03T08:00:00Z"),
    ]
    assert read_task(tasks, after) == after
    emitted = emitted_task_events(tasks)[-1]
    assert (tasks.emitted_types()[-1], str(emitted.task.id)) == ("TaskCreated", after["id"])
    assert emitted.series is not None
    assert tasks.emitted[-1].attributes.correlationid == "the-completion"


def test_a_repeated_request_returns_the_same_successor(tasks: FunctionUnderTest) -> None:
    """A task has one successor, also for another body and another Idempotency-Key."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    first = request_successor(tasks, task, {"number": 2, "dueAt": TOMORROW}, idempotency_key="one")
    tasks.database.run("DELETE FROM state.entries")
    again = request_successor(tasks, task, {"number": 2, "dueAt": TOMORROW}, idempotency_key="one")
    ignored = {"number": 3, "dueAt": "2026-03-04T13:00:00Z"}
    other = request_successor(tasks, task, ignored, idempotency_key="two")
    assert [answer.status_code for answer in (first, again, other)] == [201, 201, 201]
    assert first.json == again.json == other.json
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_a_deleted_successor_is_not_created_again(tasks: FunctionUnderTest) -> None:
    """A repeated request returns the deleted task."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    tasks.call("DELETE", f"/tasks/{after['id']}")
    assert request_successor(tasks, task).json["id"] == after["id"]
    assert tasks.call("GET", f"/tasks/{after['id']}").status_code == 404


def test_a_task_that_is_completed_again_has_one_successor(tasks: FunctionUnderTest) -> None:
    """Reopening and completing the task creates no second one."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    tasks.call("POST", f"/tasks/{task['id']}/reopen")
    complete_task(tasks, task)
    assert request_successor(tasks, task).json == after


def test_the_date_and_number_in_the_request_are_ignored(tasks: FunctionUnderTest) -> None:
    """Older revisions of create-next-occurrence compute both. The date is computed from the current series."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    after = request_successor(tasks, task, {"number": 4, "dueAt": "2026-03-05T13:00:00Z"}).json
    assert (after["dueAt"], after["occurrence"]) == (TOMORROW, 2)


@pytest.mark.parametrize(("method", "path"), [("POST", "/reopen"), ("DELETE", "")])
def test_no_occurrence_follows_an_open_or_deleted_task(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """A task that was reopened or deleted has no successor. The response is 204."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    tasks.call(method, f"/tasks/{task['id']}{path}")
    answer = request_successor(tasks, task)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "TaskCreated" not in tasks.emitted_types()[1:]


def test_no_occurrence_follows_a_task_of_another_series(tasks: FunctionUnderTest) -> None:
    """The same holds for an unknown task."""
    task, other = create_task(tasks, DAILY), create_task(tasks, DAILY)
    complete_task(tasks, task)
    for follows in (task["id"], UNKNOWN_ID):
        assert request_successor(tasks, {"id": follows, "seriesId": other["seriesId"]}).status_code == 204
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_only_create_next_occurrence_may_request_a_successor(tasks: FunctionUnderTest) -> None:
    """A user, another service, and a service on behalf of another user are rejected."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    user = f"Bearer {tasks.token('alice')}"
    for header, status in (
        (user, 403),
        (service_authorization(tasks, "reminders"), 403),
        (service_authorization(tasks, user="mallory"), 404),
    ):
        assert request_successor(tasks, task, Authorization=header).status_code == status
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]


@pytest.mark.parametrize(
    ("ignored", "field"),
    [
        ({"dueAt": "2026-03-03T14:00:00", "number": 2}, "dueAt"),
        ({"dueAt": TOMORROW, "number": 0}, "number"),
        ({"dueAt": TOMORROW, "number": 2**31}, "number"),
    ],
)
def test_an_invalid_ignored_member_is_rejected_by_field(
    tasks: FunctionUnderTest, ignored: dict[str, Any], field: str
) -> None:
    """No occurrence is created."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    assert rejected_fields(request_successor(tasks, task, ignored)) == (400, [field])
