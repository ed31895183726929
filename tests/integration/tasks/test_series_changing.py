"""Changing the rule of a series."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TOMORROW,
    change_series,
    complete_task,
    create_task,
    emitted_task_events,
    list_open_tasks,
    read_series,
    read_task,
    rejected_fields,
    request_successor,
)


def test_another_rule_changes_the_open_occurrence(tasks: FunctionUnderTest) -> None:
    """It becomes the first occurrence, and its event carries the series. Completed occurrences stay unchanged."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    series = change_series(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=3"})
    assert (series["start"], series["recurrence"]["rule"]) == ("2026-03-03T14:00:00", "FREQ=WEEKLY;COUNT=3")
    changed = read_task(tasks, after)
    assert (changed["recurrence"]["rule"], changed["occurrence"]) == ("FREQ=WEEKLY;COUNT=3", 1)
    assert read_task(tasks, task)["recurrence"]["rule"] == "FREQ=DAILY"
    emitted = emitted_task_events(tasks)[-1]
    assert emitted.series is not None
    assert (tasks.emitted_types()[-1], emitted.series.recurrence.rule) == ("TaskUpdated", "FREQ=WEEKLY;COUNT=3")


def test_a_policy_changes_alone(tasks: FunctionUnderTest) -> None:
    """Omitted members stay unchanged, and COUNT is not reset."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=5", "anchor": "completion"}})
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    series = change_series(tasks, task, recurrence={"missed": "all"})
    assert series["recurrence"] == {
        "rule": "FREQ=DAILY;COUNT=5",
        "anchor": "completion",
        "missed": "all",
        "monthEnd": "skip",
    }
    assert (series["start"], read_task(tasks, after)["occurrence"]) == ("2026-03-02T14:00:00", 2)


def test_a_rule_changes_without_an_open_occurrence(tasks: FunctionUnderTest) -> None:
    """The next occurrence has the new rule."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    change_series(tasks, task, recurrence={"rule": "FREQ=WEEKLY"})
    assert request_successor(tasks, task).json["recurrence"]["rule"] == "FREQ=WEEKLY"


@pytest.mark.parametrize(
    "changes",
    [{}, {"status": "active"}, {"recurrence": {}}, {"recurrence": {"rule": "FREQ=DAILY", "missed": "skip"}}],
)
def test_a_change_to_the_same_values_is_no_change(tasks: FunctionUnderTest, changes: dict[str, Any]) -> None:
    """The version stays, and no event is emitted."""
    task = create_task(tasks, DAILY)
    assert change_series(tasks, task, **changes)["version"] == 1
    assert tasks.emitted_types() == ["TaskCreated"]


@pytest.mark.parametrize("paused", [False, True])
def test_another_rule_continues_from_a_completed_occurrence(tasks: FunctionUnderTest, paused: bool) -> None:  # noqa: FBT001 - pytest's
    """The series restarts at that occurrence, and COUNT starts again."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    if paused:
        change_series(tasks, task, status="paused")
    complete_task(tasks, after)
    assert change_series(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=2"})["start"] == "2026-03-03T14:00:00"
    if paused:
        assert list_open_tasks(tasks) == []
        change_series(tasks, task, status="active")
    [last] = list_open_tasks(tasks)
    assert (last["dueAt"], last["occurrence"]) == ("2026-03-10T13:00:00Z", 2)
    assert request_successor(tasks, after).json == last


def test_another_rule_continues_from_a_skipped_occurrence(tasks: FunctionUnderTest) -> None:
    """The skipped occurrence stays deleted, and the series continues from it."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    complete_task(tasks, task)
    tasks.clock.forward(minutes=1)
    after = request_successor(tasks, task).json
    change_series(tasks, task, status="paused")
    tasks.call("DELETE", f"/tasks/{after['id']}?scope=occurrence")
    change_series(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=2"})
    assert list_open_tasks(tasks) == []
    series = change_series(tasks, task, status="active")
    assert [(one["dueAt"], one["occurrence"]) for one in list_open_tasks(tasks)] == [("2026-03-10T13:00:00Z", 2)]
    assert [one["status"] for one in series["occurrences"]] == ["open", "skipped", "completed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "asleep"}, "status"),
        ({"status": None}, "status"),
        ({"recurrence": None}, "recurrence"),
        ({"recurrence": {"rule": None}}, "recurrence.rule"),
        ({"recurrence": {"rule": "FREQ=NEVER"}}, "recurrence.rule"),
        ({"exdates": None}, "exdates"),
        ({"exdates": ["tomorrow"]}, "exdates.0"),
        ({"exdates": ["1970-01-01T00:30:00"]}, "exdates"),
        ({"exdates": [TOMORROW] * 101}, "exdates"),
        ({"start": "2026-03-02T14:00:00"}, "start"),
    ],
)
def test_an_invalid_change_is_rejected_by_field(tasks: FunctionUnderTest, changes: dict[str, Any], field: str) -> None:
    """The series stays unchanged."""
    task = create_task(tasks, DAILY)
    assert rejected_fields(tasks.call("PATCH", f"/series/{task['seriesId']}", changes)) == (400, [field])
    assert read_series(tasks, task)["version"] == 1


def test_a_change_of_an_old_version_is_rejected(tasks: FunctionUnderTest) -> None:
    """The 412 problem names the current version."""
    task = create_task(tasks, DAILY)
    change_series(tasks, task, status="paused")
    answer = tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "ended"}, if_match='"1"')
    assert (answer.status_code, (answer.json or {})["version"]) == (412, 2)
