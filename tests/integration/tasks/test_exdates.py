"""Excluding dates of a series."""

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TOMORROW,
    change_series,
    complete_task,
    create_task,
    emitted_task_events,
    list_open_tasks,
    request_successor,
)


def test_excluded_dates_are_skipped(tasks: FunctionUnderTest) -> None:
    """They may be wall-clock times or instants in any order, and may be added after the completion."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    series = change_series(tasks, task, exdates=["2026-03-04T14:00:00", TOMORROW, TOMORROW])
    assert series["exdates"] == [TOMORROW, "2026-03-04T13:00:00Z"]
    after = request_successor(tasks, task).json
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-05T13:00:00Z", 4)
    assert emitted_task_events(tasks)[-1].series is not None
    assert change_series(tasks, task, exdates=[])["exdates"] == []


def test_excluded_dates_may_leave_no_date(tasks: FunctionUnderTest) -> None:
    """If the last date of COUNT is excluded after the completion, no occurrence follows."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    complete_task(tasks, task)
    change_series(tasks, task, exdates=[TOMORROW])
    assert request_successor(tasks, task).status_code == 204


def test_a_date_that_is_no_longer_excluded_is_created_at_once(tasks: FunctionUnderTest) -> None:
    """The series had no further date, so no later request would create the occurrence."""
    task = create_task(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    change_series(tasks, task, exdates=[TOMORROW])
    complete_task(tasks, task)
    assert request_successor(tasks, task).status_code == 204
    change_series(tasks, task, exdates=[])
    assert [one["dueAt"] for one in list_open_tasks(tasks)] == [TOMORROW]
