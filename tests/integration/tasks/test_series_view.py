"""Reading a series, and rejecting requests for a series of another user."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    UNKNOWN_ID,
    complete_task,
    create_task,
    read_series,
    request_successor,
)


def test_a_series_lists_its_occurrences(tasks: FunctionUnderTest) -> None:
    """The newest occurrence is first. A late completion has its lateness."""
    task = create_task(tasks, DAILY)
    tasks.clock.forward(hours=3)
    complete_task(tasks, task)
    after = request_successor(tasks, task).json
    series = read_series(tasks, task)
    assert {name: series[name] for name in ("start", "timeZone", "status", "version")} == {
        "start": "2026-03-02T14:00:00",
        "timeZone": "Europe/Berlin",
        "status": "active",
        "version": 1,
    }
    shown = [(one["id"], one["occurrence"], one["status"], one["lateBy"]) for one in series["occurrences"]]
    assert shown == [(after["id"], 2, "open", None), (task["id"], 1, "completed", "PT2H")]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_series_of_another_user_is_not_found(tasks: FunctionUnderTest, method: str) -> None:
    """The response is the same as for an unknown id."""
    task = create_task(tasks, DAILY)
    body = {"status": "ended"} if method == "PATCH" else None
    answers = [tasks.call(method, f"/series/{one}", body, user="mallory") for one in (task["seriesId"], UNKNOWN_ID)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert read_series(tasks, task)["status"] == "active"
