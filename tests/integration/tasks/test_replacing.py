"""Replacing a task."""

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    complete_task,
    create_task,
    emitted_task_events,
    read_series,
    read_task,
    rejected_fields,
    request_successor,
)

BEFORE = {"reminders": [{"before": "PT30M"}]}


def test_put_replaces_every_field(tasks: FunctionUnderTest) -> None:
    """An omitted field gets its default. The event carries the task before the change."""
    task = create_task(tasks, {**TEA, "notes": "Green", **BEFORE})
    tasks.clock.forward(minutes=1)
    answer = tasks.call("PUT", f"/tasks/{task['id']}", {"title": "Coffee"}, if_match='"1"')
    changed = answer.json or {}
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (changed["title"], changed["notes"], changed["dueAt"], changed["reminders"]) == ("Coffee", "", None, [])
    assert (changed["version"], changed["createdAt"]) == (2, task["createdAt"])
    assert changed["updatedAt"] > task["updatedAt"]
    assert read_task(tasks, task) == changed
    emitted = emitted_task_events(tasks)[-1]
    assert emitted.previous is not None
    assert (tasks.emitted_types()[-1], emitted.task.title, emitted.previous.title) == ("TaskUpdated", "Coffee", "Tea")
    assert tasks.emitted[-1].attributes.reminders == "true"


def test_put_without_a_change_emits_no_event(tasks: FunctionUnderTest) -> None:
    """The same fields in another spelling keep the version."""
    task = create_task(tasks, {**DAILY, **BEFORE, "tags": ["home"]})
    same = {**DAILY, **BEFORE, "tags": ["home", " home"], "dueAt": "2026-03-02T14:00:00"}
    tasks.clock.forward(minutes=1)
    answer = tasks.call("PUT", f"/tasks/{task['id']}", same)
    assert (answer.status_code, answer.json, answer.headers["ETag"]) == (200, task, '"1"')
    assert tasks.emitted_types() == ["TaskCreated"]


def test_another_rule_restarts_the_series(tasks: FunctionUnderTest) -> None:
    """The series starts at this task's due date, and the event carries it."""
    task = create_task(tasks, DAILY)
    weekly = {**DAILY, "dueAt": "2026-03-04T08:00:00Z", "recurrence": {"rule": "FREQ=WEEKLY"}}
    assert tasks.call("PUT", f"/tasks/{task['id']}", weekly).status_code == 200
    series = read_series(tasks, task)
    assert (series["start"], series["recurrence"]["rule"]) == ("2026-03-04T09:00:00", "FREQ=WEEKLY")
    emitted = emitted_task_events(tasks)[-1].series
    assert emitted is not None
    assert emitted.recurrence.rule == "FREQ=WEEKLY"


def test_another_due_date_does_not_move_the_series(tasks: FunctionUnderTest) -> None:
    """Only this occurrence moves."""
    task = create_task(tasks, DAILY)
    before = read_series(tasks, task)
    tasks.call("PUT", f"/tasks/{task['id']}", {**DAILY, "dueAt": "2026-03-02T18:00:00Z"})
    after = read_series(tasks, task)
    assert (after["start"], after["version"]) == (before["start"], before["version"])
    emitted = emitted_task_events(tasks)[-1].series
    assert emitted is not None
    assert emitted.start.isoformat() == before["start"]


def test_a_task_without_a_recurrence_ends_its_series(tasks: FunctionUnderTest) -> None:
    """The task leaves the series. With a recurrence again, the series restarts."""
    task = create_task(tasks, DAILY)
    changed = tasks.call("PUT", f"/tasks/{task['id']}", TEA).json or {}
    assert (changed["recurrence"], changed["seriesId"], read_series(tasks, task)["status"]) == (None, None, "ended")
    again = tasks.call("PUT", f"/tasks/{task['id']}", DAILY).json or {}
    assert (read_series(tasks, again)["status"], again["occurrence"]) == ("active", 1)


def test_an_occurrence_with_a_successor_does_not_change_the_series(tasks: FunctionUnderTest) -> None:
    """Its recurrence stays, other fields may change, and its deletion does not end the series."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    assert request_successor(tasks, task).status_code == 201
    before = read_series(tasks, task)
    path = f"/tasks/{task['id']}"
    for body in (TEA, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}):
        assert rejected_fields(tasks.call("PUT", path, body)) == (409, ["recurrence"])
    assert tasks.call("PUT", path, {**DAILY, "title": "Coffee"}).status_code == 200
    tasks.call("POST", f"{path}/reopen")
    assert tasks.call("DELETE", path).status_code == 204
    after = read_series(tasks, task)
    assert (after["status"], after["version"], len(after["occurrences"])) == ("active", before["version"], 1)
