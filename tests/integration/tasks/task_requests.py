"""Requests to the service tasks that many tests send, and example bodies."""

from typing import Any

from events.task import TaskEvent
from functions.chassis.http.user_context import issue_token
from tests.functions import FunctionUnderTest

TEA = {"title": "Tea", "dueAt": "2026-03-02T13:00:00Z", "timeZone": "Europe/Berlin"}
DAILY = {**TEA, "recurrence": {"rule": "FREQ=DAILY"}}
TOMORROW = "2026-03-03T13:00:00Z"
"""The due date of the second occurrence of :data:`DAILY`."""
UNKNOWN_ID = "0195a000-0000-7000-8000-000000000099"


def create_task(tasks: FunctionUnderTest, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    """Create a task and return it. The default body is :data:`TEA`."""
    answer = tasks.call("POST", "/tasks", body or TEA, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def complete_task(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Complete a task and return it."""
    answer = tasks.call("POST", f"/tasks/{task['id']}/complete")
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def replace_task(
    tasks: FunctionUnderTest, task: dict[str, Any], body: dict[str, Any], scope: str = ""
) -> dict[str, Any]:
    """Replace a task and return it."""
    answer = tasks.call("PUT", f"/tasks/{task['id']}" + (f"?scope={scope}" if scope else ""), body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def delete_task(tasks: FunctionUnderTest, task: dict[str, Any], scope: str = "") -> None:
    """Delete a task."""
    answer = tasks.call("DELETE", f"/tasks/{task['id']}" + (f"?scope={scope}" if scope else ""))
    assert answer.status_code == 204, answer.text


def read_task(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Return the current state of a task."""
    return dict(tasks.call("GET", f"/tasks/{task['id']}").json or {})


def list_open_tasks(tasks: FunctionUnderTest) -> list[dict[str, Any]]:
    """Return alice's open tasks."""
    return list((tasks.call("GET", "/tasks?status=open").json or {})["items"])


def read_series(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Return the current state of a task's series."""
    return dict(tasks.call("GET", f"/series/{task['seriesId']}").json or {})


def change_series(tasks: FunctionUnderTest, task: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Change a task's series and return it."""
    answer = tasks.call("PATCH", f"/series/{task['seriesId']}", changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{(answer.json or {})["version"]}"'
    return dict(answer.json or {})


def request_successor(
    tasks: FunctionUnderTest, task: dict[str, Any], ignored: dict[str, Any] | None = None, **headers: Any
) -> Any:
    """Request the next occurrence as ``create-next-occurrence`` does, and return the response.

    ``ignored`` are further members of the body.
    """
    sent: dict[str, Any] = {"Authorization": service_authorization(tasks), **headers}
    body = {"follows": task["id"], **(ignored or {})}
    return tasks.call("POST", f"/series/{task['seriesId']}/occurrences", body, **sent)


def service_authorization(
    tasks: FunctionUnderTest, service: str = "create-next-occurrence", user: str = "alice"
) -> str:
    """Return the Authorization header of a service that acts on a user's behalf."""
    return "Bearer " + issue_token(user, service=service, key=tasks.keys["service-key"], now=tasks.clock.now)


def emitted_task_events(tasks: FunctionUnderTest) -> list[TaskEvent]:
    """Return the data of every emitted task event, in order."""
    return [event.data for event in tasks.emitted if isinstance(event.data, TaskEvent)]


def rejected_fields(answer: Any) -> tuple[int, list[str]]:
    """Return the status of a rejected request and the fields that the problem names."""
    return answer.status_code, [one["field"] for one in (answer.json or {}).get("errors", [])]
