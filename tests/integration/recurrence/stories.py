"""What the tests of recurrence share: a recurring task, what is said when it is done, and what follows."""

from typing import Any

from events.data import EventData
from events.event import Event
from events.task import TaskCompleted
from tests.functions import FunctionUnderTest

DAILY = {
    "title": "Tea",
    "dueAt": "2026-03-02T13:00:00Z",
    "timeZone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=DAILY"},
    "reminders": [{"before": "PT30M"}],
}


def completed(tasks: FunctionUnderTest, **changes: Any) -> Event[EventData]:
    """Create a task, complete it, and return the event of that."""
    task = tasks.call("POST", "/tasks", {**DAILY, **changes}).json or {}
    return completed_again(tasks, task["id"])


def completed_again(tasks: FunctionUnderTest, task_id: str) -> Event[EventData]:
    """Complete a task and return the event of that."""
    assert tasks.call("POST", f"/tasks/{task_id}/complete").status_code == 200
    events = [event for event in tasks.emitted if event.attributes.type == TaskCompleted.type]
    return next(event for event in reversed(events) if event.attributes.subject == task_id)


def open_tasks(tasks: FunctionUnderTest) -> list[dict[str, Any]]:
    """Return alice's open tasks."""
    return list((tasks.call("GET", "/tasks?status=open").json or {})["items"])
