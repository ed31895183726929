"""Deleting tasks, single occurrences, and whole series."""

import pytest

from events.task import TaskDeleted
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    TOMORROW,
    complete_task,
    create_task,
    delete_task,
    emitted_task_events,
    list_open_tasks,
    read_series,
    read_task,
    rejected_fields,
    request_successor,
)


def test_a_deleted_task_is_no_longer_found(tasks: FunctionUnderTest) -> None:
    """The event carries its last state. A repeated deletion is a 404."""
    task = create_task(tasks, {**TEA, "reminders": [{"before": "PT30M"}]})
    path = f"/tasks/{task['id']}"
    assert tasks.call("DELETE", path).status_code == 204
    assert [tasks.call(method, path).status_code for method in ("DELETE", "GET")] == [404, 404]
    assert (tasks.call("GET", "/tasks").json or {})["items"] == []
    emitted = emitted_task_events(tasks)[-1]
    assert (tasks.emitted_types(), emitted.task.version) == (["TaskCreated", "TaskDeleted"], 2)
    assert str(emitted.task.id) == task["id"]


def test_deleting_the_open_occurrence_ends_its_series(tasks: FunctionUnderTest) -> None:
    """Without a scope the deletion of the last occurrence ends the series."""
    task = create_task(tasks, DAILY)
    tasks.call("DELETE", f"/tasks/{task['id']}")
    assert read_series(tasks, task)["status"] == "ended"


def test_deleting_an_occurrence_skips_it(tasks: FunctionUnderTest) -> None:
    """Its date is excluded and the next occurrence is created at once. Both events have one correlation id."""
    task = create_task(tasks, DAILY)
    delete_task(tasks, task, "occurrence")
    [after] = list_open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"], after["seriesId"]) == (TOMORROW, 2, task["seriesId"])
    series = read_series(tasks, task)
    assert (series["status"], series["exdates"]) == ("active", [task["dueAt"]])
    shown = [(one["id"], one["status"]) for one in series["occurrences"]]
    assert shown == [(after["id"], "open"), (task["id"], "skipped")]
    assert sorted(tasks.emitted_types()) == ["TaskCreated", "TaskCreated", "TaskDeleted"]  # the order is not guaranteed
    [deleted] = [data for data in emitted_task_events(tasks) if isinstance(data, TaskDeleted)]
    [created] = [data for data in emitted_task_events(tasks) if str(data.task.id) == after["id"]]
    assert (deleted.skipped, deleted.series) == (True, created.series)
    correlation_ids = {event.attributes.correlationid for event in tasks.emitted if event.data in (deleted, created)}
    assert len(correlation_ids) == 1
    assert tasks.call("GET", f"/tasks/{task['id']}").status_code == 404


def test_a_skipped_occurrence_counts_towards_count(tasks: FunctionUnderTest) -> None:
    """The last occurrence of COUNT has no successor (RFC 5545, section 3.8.5.1)."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    delete_task(tasks, task, "occurrence")
    [after] = list_open_tasks(tasks)
    delete_task(tasks, after, "occurrence")
    assert list_open_tasks(tasks) == []


def test_a_skipped_occurrence_in_a_gap_is_excluded(tasks: FunctionUnderTest) -> None:
    """The excluded date is the instant to which the clock change moved the occurrence."""
    task = create_task(tasks, {**DAILY, "dueAt": "2026-03-28T02:30:00"})
    delete_task(tasks, task, "occurrence")
    [in_the_gap] = list_open_tasks(tasks)
    delete_task(tasks, in_the_gap, "occurrence")
    [after] = list_open_tasks(tasks)
    assert read_series(tasks, task)["exdates"] == ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"]
    assert after["dueAt"] == "2026-03-30T00:30:00Z"


def test_a_reminder_at_a_fixed_time_stays_before_the_last_year(tasks: FunctionUnderTest) -> None:
    """It moves with the due date, up to the last supported second."""
    task = create_task(tasks, {**DAILY, "reminders": [{"at": "8999-12-31T12:00:00Z"}]})
    delete_task(tasks, task, "occurrence")
    [after] = list_open_tasks(tasks)
    assert after["reminders"][0]["at"] == "8999-12-31T23:59:59Z"


def test_skipping_counts_as_a_completion_on_the_due_date(tasks: FunctionUnderTest) -> None:
    """With ``anchor`` "completion" the next occurrence counts from the due date, or from now if that has passed."""
    recurrence = {"rule": "FREQ=DAILY;INTERVAL=10", "anchor": "completion"}
    task = create_task(tasks, {**DAILY, "dueAt": "2026-03-06T13:00:00Z", "recurrence": recurrence})
    delete_task(tasks, task, "occurrence")
    [after] = list_open_tasks(tasks)
    assert after["dueAt"] == "2026-03-16T13:00:00Z"
    tasks.clock.forward(days=20)
    delete_task(tasks, after, "occurrence")
    assert list_open_tasks(tasks)[0]["dueAt"] == "2026-04-01T12:00:00Z"


def test_a_paused_series_creates_no_occurrence_after_a_skipped_one(tasks: FunctionUnderTest) -> None:
    """The occurrence is created when the series is resumed."""
    task = create_task(tasks, DAILY)
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "paused"})
    delete_task(tasks, task, "occurrence")
    assert list_open_tasks(tasks) == []
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": {"missed": "all"}, "status": "active"})
    [after] = list_open_tasks(tasks)
    assert (after["dueAt"], after["recurrence"]["missed"]) == (TOMORROW, "all")


def test_deleting_a_completed_occurrence_excludes_no_date(tasks: FunctionUnderTest) -> None:
    """One next occurrence is created, by the deletion or by the reaction to the completion."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    delete_task(tasks, task, "occurrence")
    [after] = list_open_tasks(tasks)
    assert request_successor(tasks, task).json["id"] == after["id"]
    series = read_series(tasks, task)
    assert (series["exdates"], [one["id"] for one in series["occurrences"]]) == ([], [after["id"]])


@pytest.mark.parametrize("scope", ["series", ""])
def test_deleting_the_series_ends_it(tasks: FunctionUnderTest, scope: str) -> None:
    """For the last occurrence, ``scope=series`` is the default."""
    task = create_task(tasks, DAILY)
    delete_task(tasks, task, scope)
    assert (list_open_tasks(tasks), read_series(tasks, task)["status"]) == ([], "ended")
    assert tasks.emitted_types() == ["TaskCreated", "TaskDeleted"]


def test_deleting_the_series_deletes_its_open_occurrence(tasks: FunctionUnderTest) -> None:
    """Any occurrence may be in the path. Without a scope an earlier occurrence is deleted alone."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    complete_task(tasks, after)
    last = request_successor(tasks, after).json
    delete_task(tasks, task)
    assert ([one["id"] for one in list_open_tasks(tasks)], read_series(tasks, task)["status"]) == (
        [last["id"]],
        "active",
    )
    delete_task(tasks, after, "series")
    assert (list_open_tasks(tasks), read_series(tasks, task)["status"]) == ([], "ended")
    assert tasks.emitted_types()[-2:] == ["TaskDeleted", "TaskDeleted"]


@pytest.mark.parametrize("scope", ["occurrence", "series"])
def test_a_task_without_a_series_is_deleted_with_any_scope(tasks: FunctionUnderTest, scope: str) -> None:
    """Both scopes delete it."""
    delete_task(tasks, create_task(tasks, TEA), scope)
    assert list_open_tasks(tasks) == []


@pytest.mark.parametrize(("method", "scope"), [("DELETE", "future"), ("DELETE", ""), ("PUT", "series")])
def test_an_unknown_scope_is_rejected(tasks: FunctionUnderTest, method: str, scope: str) -> None:
    """The problem names the parameter ``scope``."""
    task = create_task(tasks, DAILY)
    answer = tasks.call(method, f"/tasks/{task['id']}?scope={scope}", DAILY if method == "PUT" else None)
    assert (rejected_fields(answer), read_task(tasks, task)) == ((400, ["scope"]), task)
