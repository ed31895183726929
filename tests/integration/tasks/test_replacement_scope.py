"""Replacing one occurrence, or all occurrences from here on."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    TOMORROW,
    complete_task,
    create_task,
    delete_task,
    list_open_tasks,
    read_series,
    read_task,
    rejected_fields,
    replace_task,
    request_successor,
)


def test_a_change_of_one_occurrence_affects_no_other(tasks: FunctionUnderTest) -> None:
    """The next occurrence is built without the change, and its reminders keep their distance to the due date."""
    usual = {**DAILY, "reminders": [{"at": "2026-03-02T12:00:00Z"}]}
    task = create_task(tasks, usual)
    alone = {**DAILY, "title": "Cake", "dueAt": "2026-03-02T18:00:00Z", "reminders": [{"before": "P1D"}]}
    assert replace_task(tasks, task, alone, "occurrence")["title"] == "Cake"
    assert replace_task(tasks, task, {**alone, "notes": "Twice"}, "occurrence")["notes"] == "Twice"
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    assert (after["title"], after["notes"]) == ("Tea", "")
    assert after["reminders"] == [{"before": None, "at": "2026-03-03T12:00:00Z", "maxLateness": None}]
    assert read_series(tasks, task)["version"] == 1


def test_a_change_without_a_scope_affects_later_occurrences(tasks: FunctionUnderTest) -> None:
    """The due date is an exception. An earlier change of one occurrence still ends with that occurrence."""
    task = create_task(tasks, DAILY)
    replace_task(tasks, task, {**DAILY, "title": "Cake"}, "occurrence")
    replace_task(tasks, task, {**DAILY, "title": "Cake", "notes": "Green", "dueAt": "2026-03-02T18:00:00Z"})
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    assert (after["title"], after["notes"], after["dueAt"]) == ("Tea", "Green", TOMORROW)


def test_a_change_of_the_future_moves_the_series(tasks: FunctionUnderTest) -> None:
    """Another due date moves the series, COUNT is not reset, and earlier changes apply to later occurrences too."""
    rule = {"recurrence": {"rule": "FREQ=DAILY;COUNT=3"}}
    task = create_task(tasks, {**DAILY, **rule})
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    later = {**DAILY, **rule, "title": "Cake", "dueAt": "2026-03-03T18:00:00Z"}
    replace_task(tasks, after, later, "occurrence")
    changed = replace_task(tasks, after, later, "future")
    assert (changed["occurrence"], read_series(tasks, task)["start"]) == (2, "2026-03-03T19:00:00")
    tasks.clock.forward(days=1)
    delete_task(tasks, changed, "occurrence")
    [last] = list_open_tasks(tasks)
    assert (last["title"], last["dueAt"], last["occurrence"]) == ("Cake", "2026-03-04T18:00:00Z", 3)
    delete_task(tasks, last, "occurrence")
    assert list_open_tasks(tasks) == []


def test_a_change_of_a_completed_task_creates_the_next_occurrence(tasks: FunctionUnderTest) -> None:
    """The next occurrence has the new rule, and is created once."""
    weekly = {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    replace_task(tasks, task, weekly)
    [after] = list_open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-09T13:00:00Z", 2)
    assert request_successor(tasks, task).json["id"] == after["id"]
    once = create_task(tasks, TEA)
    complete_task(tasks, once)
    replace_task(tasks, once, DAILY)
    assert sorted(one["dueAt"] for one in list_open_tasks(tasks)) == [TOMORROW, after["dueAt"]]


def test_another_rule_with_scope_future_restarts_the_series(tasks: FunctionUnderTest) -> None:
    """The effect is the same as without a scope."""
    task = create_task(tasks, DAILY)
    changed = replace_task(tasks, task, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}, "future")
    assert (changed["occurrence"], read_series(tasks, task)["recurrence"]["rule"]) == (1, "FREQ=WEEKLY")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recurrence": {"rule": "FREQ=WEEKLY"}}, "recurrence"),
        ({"recurrence": None}, "recurrence"),
        ({"timeZone": "Asia/Tokyo"}, "timeZone"),
    ],
)
def test_the_recurrence_of_one_occurrence_cannot_change(
    tasks: FunctionUnderTest, changes: dict[str, Any], field: str
) -> None:
    """The problem names the field that belongs to the whole series, and the task stays unchanged."""
    task = create_task(tasks, DAILY)
    answer = tasks.call("PUT", f"/tasks/{task['id']}?scope=occurrence", {**DAILY, "title": "Cake", **changes})
    assert (rejected_fields(answer), read_task(tasks, task)) == ((400, [field]), task)


def test_an_occurrence_with_a_successor_does_not_accept_scope_future(tasks: FunctionUnderTest) -> None:
    """Only the last occurrence changes the series."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    request_successor(tasks, task)
    assert rejected_fields(tasks.call("PUT", f"/tasks/{task['id']}?scope=future", {**DAILY, "title": "Cake"})) == (
        409,
        ["scope"],
    )
    assert replace_task(tasks, task, {**DAILY, "title": "Cake"}, "occurrence")["title"] == "Cake"
