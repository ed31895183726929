"""The next occurrence after a completion, with the service tasks over real HTTP."""

from datetime import datetime

import pytest

from events.task import Recurrence, TaskCompleted
from tests.functions import FunctionUnderTest
from tests.integration.recurrence.completions import DAILY, complete_new_task, complete_task_by_id, list_open_tasks
from tests.integration.recurrence.tasks_stand_in import TasksStandIn
from tests.samples import NOON, SERIES_ID, a_series, a_task, an_event


def test_a_completed_occurrence_has_a_next_one(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """It is due a day later on the wall clock. TaskCreated has the correlation id of the completion."""
    event = complete_new_task(tasks)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.data) == (202, b"")
    [after] = list_open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-03T13:00:00Z", 2)
    emitted = tasks.emitted[-1].attributes
    assert (emitted.type, emitted.source, emitted.subject) == ("todo.TaskCreated", "/todo/tasks", after["id"])
    assert emitted.correlationid == event.attributes.correlationid


@pytest.mark.parametrize(
    ("recurrence", "done_after_hours", "expected"),
    [
        pytest.param({"rule": "FREQ=DAILY"}, 100, ("2026-03-06T18:00:00+01:00", 5), id="skip"),
        pytest.param({"rule": "FREQ=DAILY", "missed": "latest"}, 100, ("2026-03-05T18:00:00+01:00", 4), id="latest"),
        pytest.param({"rule": "FREQ=DAILY", "missed": "all"}, 100, ("2026-03-03T18:00:00+01:00", 2), id="all"),
        pytest.param(
            {"rule": "FREQ=DAILY;INTERVAL=10", "anchor": "completion"},
            100,
            ("2026-03-16T18:00:00+01:00", 2),
            id="completion",
        ),
        pytest.param({"rule": "FREQ=MONTHLY"}, 1, ("2026-04-02T18:00:00+02:00", 2), id="over-a-clock-change"),
        pytest.param({"rule": "FREQ=DAILY;COUNT=2"}, 1, ("2026-03-03T18:00:00+01:00", 2), id="the-last-of-count"),
    ],
)
def test_the_due_date_follows_anchor_and_policy(
    tasks: FunctionUnderTest,
    reaction: FunctionUnderTest,
    recurrence: dict[str, str],
    done_after_hours: int,
    expected: tuple[str, int],
) -> None:
    """The rule counts on the calendar or from the completion, with a policy for missed occurrences."""
    task = tasks.call("POST", "/tasks", {**DAILY, "dueAt": "2026-03-02T18:00:00", "recurrence": recurrence}).json or {}
    tasks.clock.forward(hours=done_after_hours)
    reaction.deliver(complete_task_by_id(tasks, task["id"]))
    [after] = list_open_tasks(tasks)
    due_at = datetime.fromisoformat(expected[0])
    assert (datetime.fromisoformat(after["dueAt"]), after["occurrence"]) == (due_at, expected[1])


def test_month_end_clamp_uses_the_last_day_of_a_shorter_month(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """The month after has the 31st again."""
    recurrence = {"rule": "FREQ=MONTHLY", "monthEnd": "clamp"}
    event = complete_new_task(tasks, dueAt="2026-03-31T18:00:00", recurrence=recurrence)
    reaction.deliver(event)
    [after] = list_open_tasks(tasks)
    assert after["dueAt"] == "2026-04-30T16:00:00Z"
    reaction.deliver(complete_task_by_id(tasks, after["id"]))
    assert [task["dueAt"] for task in list_open_tasks(tasks)] == ["2026-05-31T16:00:00Z"]


@pytest.mark.parametrize("rule", ["FREQ=DAILY;COUNT=1", "FREQ=DAILY;UNTIL=20260302"])
def test_no_occurrence_follows_the_last_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: TasksStandIn, rule: str
) -> None:
    """A series that has reached COUNT or UNTIL gets no further occurrence, and its event is accepted."""
    assert reaction.deliver(complete_new_task(tasks, recurrence={"rule": rule})).status_code == 202
    assert (len(service.requests), list_open_tasks(tasks)) == (1, [])


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(TaskCompleted(task=a_task(status="completed", completed_at=NOON)), id="no-recurrence"),
        pytest.param(
            TaskCompleted(task=a_task(status="completed", completed_at=NOON), previous=a_task(), series=a_series()),
            id="left-its-series",
        ),
        pytest.param(
            TaskCompleted(
                task=a_task(
                    recurrence=Recurrence(rule="FREQ=DAILY"),
                    series_id=SERIES_ID,
                    due_at=None,
                    reminders=[],
                    status="completed",
                    completed_at=NOON,
                ),
                series=a_series(),
            ),
            id="no-due-date",
        ),
    ],
)
def test_a_task_without_a_series_or_due_date_causes_no_request(
    reaction: FunctionUnderTest, service: TasksStandIn, event: TaskCompleted
) -> None:
    """The event is accepted."""
    assert reaction.deliver(an_event(event)).status_code == 202
    assert service.requests == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/reopen")])
def test_a_task_that_changed_before_the_event_has_no_next_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, method: str, path: str
) -> None:
    """It was deleted or reopened before the event was delivered. The event is accepted."""
    event = complete_new_task(tasks)
    tasks.call(method, f"/tasks/{event.attributes.subject}{path}")
    assert reaction.deliver(event).status_code == 202
    assert [task["id"] for task in list_open_tasks(tasks)] == ([event.attributes.subject] if path else [])


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_a_paused_or_ended_series_has_no_next_occurrence(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, status: str
) -> None:
    """The event is accepted."""
    event = complete_new_task(tasks)
    assert isinstance(event.data, TaskCompleted)
    tasks.call("PATCH", f"/series/{event.data.task.series_id}", {"status": status})
    assert reaction.deliver(event).status_code == 202
    assert list_open_tasks(tasks) == []


def test_a_task_that_is_completed_again_has_one_next_occurrence(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """Both events were delivered, and there is one successor."""
    first = complete_new_task(tasks)
    reaction.deliver(first)
    task_id = str(first.attributes.subject)
    tasks.call("POST", f"/tasks/{task_id}/reopen")
    second = complete_task_by_id(tasks, task_id)
    assert second.attributes.id != first.attributes.id
    assert reaction.deliver(second).status_code == 202
    assert len(list_open_tasks(tasks)) == 1


def test_a_reopened_task_has_its_next_occurrence_after_the_second_completion(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """The first event was delivered after the task was reopened."""
    first = complete_new_task(tasks)
    task_id = str(first.attributes.subject)
    tasks.call("POST", f"/tasks/{task_id}/reopen")
    reaction.deliver(first)
    reaction.deliver(complete_task_by_id(tasks, task_id))
    assert [task["occurrence"] for task in list_open_tasks(tasks)] == [2]


def test_a_series_runs_to_its_end(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """Each occurrence follows the one before, up to COUNT, over a clock change."""
    event = complete_new_task(tasks, dueAt="2026-03-28T09:00:00", recurrence={"rule": "FREQ=DAILY;COUNT=4"})
    due = []
    while True:
        reaction.deliver(event)
        following = list_open_tasks(tasks)
        if not following:
            break
        [task] = following
        due.append(task["dueAt"])
        event = complete_task_by_id(tasks, task["id"])
    assert due == ["2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z"]
