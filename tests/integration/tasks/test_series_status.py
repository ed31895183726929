"""Pausing, resuming and ending a series."""

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TOMORROW,
    change_series,
    complete_task,
    create_task,
    list_open_tasks,
    read_series,
    request_successor,
)


def test_a_resumed_series_creates_the_next_occurrence(tasks: FunctionUnderTest) -> None:
    """A paused series creates none. After the pause the next occurrence is the first one in the future."""
    task = create_task(tasks, DAILY)
    assert change_series(tasks, task, status="paused")["status"] == "paused"
    complete_task(tasks, task)
    assert request_successor(tasks, task).status_code == 204
    assert list_open_tasks(tasks) == []
    tasks.clock.forward(days=3)
    series = change_series(tasks, task, status="active")
    [after] = list_open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"], after["seriesId"]) == ("2026-03-05T13:00:00Z", 4, task["seriesId"])
    assert [one["id"] for one in series["occurrences"]] == [after["id"], task["id"]]
    assert request_successor(tasks, task).json["id"] == after["id"]
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted", "TaskCreated"]


def test_a_pause_without_a_completion_creates_no_occurrence(tasks: FunctionUnderTest) -> None:
    """The open occurrence is still the same."""
    task = create_task(tasks, DAILY)
    change_series(tasks, task, status="paused")
    change_series(tasks, task, status="active")
    assert [one["id"] for one in list_open_tasks(tasks)] == [task["id"]]
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_resumed_series_that_has_reached_count_creates_no_occurrence(tasks: FunctionUnderTest) -> None:
    """COUNT was reached during the pause."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    change_series(tasks, task, status="paused")
    complete_task(tasks, task)
    tasks.clock.forward(days=3)
    change_series(tasks, task, status="active")
    assert list_open_tasks(tasks) == []


def test_another_rule_does_not_end_a_pause(tasks: FunctionUnderTest) -> None:
    """This holds for a change of the series and for a change of its task."""
    task = create_task(tasks, DAILY)
    change_series(tasks, task, status="paused")
    assert change_series(tasks, task, recurrence={"rule": "FREQ=WEEKLY"})["status"] == "paused"
    tasks.call("PUT", f"/tasks/{task['id']}", DAILY)
    assert read_series(tasks, task)["status"] == "paused"


def test_an_ended_series_accepts_no_change(tasks: FunctionUnderTest) -> None:
    """No occurrence follows. Ending the series again changes nothing."""
    task = create_task(tasks, DAILY)
    version = change_series(tasks, task, status="ended")["version"]
    complete_task(tasks, task)
    assert request_successor(tasks, task).status_code == 204
    for changes in (
        {"status": "active"},
        {"status": "paused"},
        {"recurrence": {"missed": "all"}},
        {"exdates": [TOMORROW]},
    ):
        assert tasks.call("PATCH", f"/series/{task['seriesId']}", changes).status_code == 409
    assert change_series(tasks, task, status="ended")["version"] == version
