"""Completing and reopening tasks."""

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import DAILY, complete_task, create_task, emitted_task_events


def test_a_completed_task_has_the_time_of_its_completion(tasks: FunctionUnderTest) -> None:
    """The event carries the time and the series."""
    task = create_task(tasks, DAILY)
    tasks.clock.forward(minutes=5)
    completed = complete_task(tasks, task)
    assert (completed["status"], completed["completedAt"], completed["version"]) == (
        "completed",
        "2026-03-02T12:05:00Z",
        2,
    )
    emitted = emitted_task_events(tasks)[-1]
    assert emitted.series is not None
    assert (tasks.emitted_types()[-1], emitted.task.completed_at) == ("TaskCompleted", tasks.clock.now)


def test_completing_twice_changes_nothing(tasks: FunctionUnderTest) -> None:
    """The response is the same, and no event is emitted."""
    task = create_task(tasks)
    first = complete_task(tasks, task)
    tasks.clock.forward(minutes=5)
    assert complete_task(tasks, task) == first
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]


def test_a_completed_task_can_be_reopened_once(tasks: FunctionUnderTest) -> None:
    """The task is open again. Reopening an open task emits no event."""
    task = create_task(tasks)
    complete_task(tasks, task)
    for _ in range(2):
        answer = tasks.call("POST", f"/tasks/{task['id']}/reopen")
        assert answer.status_code == 200
        assert ((answer.json or {})["status"], (answer.json or {})["completedAt"]) == ("open", None)
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted", "TaskReopened"]
