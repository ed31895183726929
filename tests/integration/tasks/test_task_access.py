"""Rejecting requests for an old version of a task, and for a task of another user."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import TEA, UNKNOWN_ID, create_task, read_task


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/reopen")])
def test_a_change_of_an_old_version_is_rejected(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """The 412 problem names the current version, and the task stays unchanged."""
    task = create_task(tasks)
    tasks.call("PUT", f"/tasks/{task['id']}", {**TEA, "title": "Coffee"})
    body = TEA if method == "PUT" else None
    answer = tasks.call(method, f"/tasks/{task['id']}{path}", body, if_match='"1"')
    assert (answer.status_code, answer.headers["ETag"], (answer.json or {})["version"]) == (412, '"2"', 2)
    assert tasks.emitted_types() == ["TaskCreated", "TaskUpdated"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/reopen")]
)
def test_a_task_of_another_user_is_not_found(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """The response is the same as for an unknown id."""
    task = create_task(tasks)
    answers = [
        tasks.call(method, f"/tasks/{task_id}{path}", TEA if method == "PUT" else None, user="mallory")
        for task_id in (task["id"], UNKNOWN_ID)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert read_task(tasks, task) == task
