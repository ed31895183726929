"""What the tests of tasks share: tasks that are made, and what is known of them."""

from typing import Any

from events.task import TaskEvent
from functions.chassis.http.user_context import issue_token
from tests.functions import FunctionUnderTest

TEA = {"title": "Tea", "dueAt": "2026-03-02T13:00:00Z", "timeZone": "Europe/Berlin"}
DAILY = {**TEA, "recurrence": {"rule": "FREQ=DAILY"}}
NOBODYS = "0195a000-0000-7000-8000-000000000099"


def made(tasks: FunctionUnderTest, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    """Create a task and return it."""
    answer = tasks.call("POST", "/tasks", body or TEA, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def done(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Complete a task and return it."""
    answer = tasks.call("POST", f"/tasks/{task['id']}/complete")
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def read(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Return a task as it is now."""
    return dict(tasks.call("GET", f"/tasks/{task['id']}").json or {})


def series_of(tasks: FunctionUnderTest, task: dict[str, Any]) -> dict[str, Any]:
    """Return the series of a task as it is now."""
    return dict(tasks.call("GET", f"/series/{task['seriesId']}").json or {})


def following(tasks: FunctionUnderTest, task: dict[str, Any], due_at: str, number: int = 2, **headers: Any) -> Any:
    """Ask for the next occurrence as ``create-next-occurrence`` does, and return the answer."""
    sent: dict[str, Any] = {"Authorization": acting(tasks), **headers}
    body = {"follows": task["id"], "number": number, "dueAt": due_at}
    return tasks.call("POST", f"/series/{task['seriesId']}/occurrences", body, **sent)


def acting(tasks: FunctionUnderTest, service: str = "create-next-occurrence", user: str = "alice") -> str:
    """Return the header of a function that acts for a user."""
    return "Bearer " + issue_token(user, service=service, key=tasks.keys["service-key"], now=tasks.clock.now)


def events(tasks: FunctionUnderTest) -> list[TaskEvent]:
    """Return the data of every task event that was said, in order."""
    return [event.data for event in tasks.emitted if isinstance(event.data, TaskEvent)]


def refusal(answer: Any) -> tuple[int, list[str]]:
    """Return the status of a refusal and the fields that it names."""
    return answer.status_code, [one["field"] for one in (answer.json or {}).get("errors", [])]
