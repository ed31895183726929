"""The next occurrence of a completed task: when it is due, and when there is none, with ``tasks`` over real HTTP."""

from datetime import datetime
from typing import Any

import pytest

from events.task import Recurrence, TaskCompleted
from tests.event_encoding import decode_document, encode_document
from tests.functions import FunctionUnderTest
from tests.integration.recurrence.stand_in import Tasks
from tests.integration.recurrence.stories import DAILY, completed, completed_again, open_tasks
from tests.samples import NOON, SERIES_ID, a_series, a_task, an_event


def test_a_completed_occurrence_has_a_next_one(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """A day later on the wall clock; TaskCreated belongs to the story of the completion."""
    event = completed(tasks)
    answer = reaction.deliver(event)
    assert (answer.status_code, answer.data) == (202, b"")
    [after] = open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-03T13:00:00Z", 2)
    said = tasks.emitted[-1].attributes
    assert (said.type, said.source, said.subject) == ("todo.TaskCreated", "/todo/tasks", after["id"])
    assert said.correlationid == event.attributes.correlationid


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
def test_it_is_due_when_its_recurrence_says(
    tasks: FunctionUnderTest,
    reaction: FunctionUnderTest,
    recurrence: dict[str, str],
    done_after_hours: int,
    expected: tuple[str, int],
) -> None:
    """By the calendar or from the completion, with a policy for what was missed."""
    task = tasks.call("POST", "/tasks", {**DAILY, "dueAt": "2026-03-02T18:00:00", "recurrence": recurrence}).json or {}
    tasks.clock.forward(hours=done_after_hours)
    reaction.deliver(completed_again(tasks, task["id"]))
    [after] = open_tasks(tasks)
    due_at = datetime.fromisoformat(expected[0])
    assert (datetime.fromisoformat(after["dueAt"]), after["occurrence"]) == (due_at, expected[1])


def test_month_end_clamp_is_the_last_day_of_a_shorter_month(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """And the 31st again in the month after."""
    recurrence = {"rule": "FREQ=MONTHLY", "monthEnd": "clamp"}
    event = completed(tasks, dueAt="2026-03-31T18:00:00", recurrence=recurrence)
    reaction.deliver(event)
    [after] = open_tasks(tasks)
    assert after["dueAt"] == "2026-04-30T16:00:00Z"
    reaction.deliver(completed_again(tasks, after["id"]))
    assert [task["dueAt"] for task in open_tasks(tasks)] == ["2026-05-31T16:00:00Z"]


def test_an_event_of_the_version_before_is_heard(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """It knows neither what is excluded nor how a month ends."""
    event = completed(tasks)
    document: dict[str, Any] = encode_document(event)
    del document["data"]["series"]["exdates"], document["data"]["task"]["recurrence"]["monthEnd"]
    del document["data"]["series"]["recurrence"]["monthEnd"]
    assert reaction.deliver(decode_document(document)).status_code == 202
    assert [task["occurrence"] for task in open_tasks(tasks)] == [2]


@pytest.mark.parametrize("rule", ["FREQ=DAILY;COUNT=1", "FREQ=DAILY;UNTIL=20260302"])
def test_nothing_follows_the_last_occurrence(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, service: Tasks, rule: str
) -> None:
    """A series that has reached COUNT or UNTIL gets no further occurrence, and its event is accepted."""
    assert reaction.deliver(completed(tasks, recurrence={"rule": rule})).status_code == 202
    assert (len(service.asked), open_tasks(tasks)) == (1, [])


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(TaskCompleted(task=a_task(status="completed", completed_at=NOON)), id="comes-once"),
        pytest.param(
            TaskCompleted(task=a_task(status="completed", completed_at=NOON), previous=a_task(), series=a_series()),
            id="left-its-series",
        ),
        pytest.param(
            TaskCompleted(
                task=a_task(recurrence=Recurrence(rule="FREQ=DAILY"), series_id=SERIES_ID, due_at=None, reminders=[]),
                series=a_series(),
            ),
            id="is-never-due",
        ),
    ],
)
def test_a_task_without_a_next_one_asks_nothing(
    reaction: FunctionUnderTest, service: Tasks, event: TaskCompleted
) -> None:
    """The event is done with."""
    assert reaction.deliver(an_event(event)).status_code == 202
    assert service.asked == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/reopen")])
def test_a_task_that_changed_meanwhile_has_no_next_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, method: str, path: str
) -> None:
    """Deleted or reopened before the event was heard: it is done with."""
    event = completed(tasks)
    tasks.call(method, f"/tasks/{event.attributes.subject}{path}")
    assert reaction.deliver(event).status_code == 202
    assert [task["id"] for task in open_tasks(tasks)] == ([event.attributes.subject] if path else [])


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_a_series_that_does_not_go_on_has_no_next_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, status: str
) -> None:
    """The event is done with."""
    event = completed(tasks)
    assert isinstance(event.data, TaskCompleted)
    tasks.call("PATCH", f"/series/{event.data.task.series_id}", {"status": status})
    assert reaction.deliver(event).status_code == 202
    assert open_tasks(tasks) == []


def test_a_task_that_is_completed_again_has_one_next_one(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """Both completions were heard; there is one successor."""
    first = completed(tasks)
    reaction.deliver(first)
    task_id = str(first.attributes.subject)
    tasks.call("POST", f"/tasks/{task_id}/reopen")
    second = completed_again(tasks, task_id)
    assert second.attributes.id != first.attributes.id
    assert reaction.deliver(second).status_code == 202
    assert len(open_tasks(tasks)) == 1


def test_a_reopened_task_has_its_next_one_when_it_is_done(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """Where the first completion was heard only after it was taken back, the second one counts."""
    first = completed(tasks)
    task_id = str(first.attributes.subject)
    tasks.call("POST", f"/tasks/{task_id}/reopen")
    reaction.deliver(first)
    reaction.deliver(completed_again(tasks, task_id))
    assert [task["occurrence"] for task in open_tasks(tasks)] == [2]


def test_a_series_runs_to_its_end(tasks: FunctionUnderTest, reaction: FunctionUnderTest) -> None:
    """Each occurrence follows the one before, as often as COUNT says, over the clock change."""
    event = completed(tasks, dueAt="2026-03-28T09:00:00", recurrence={"rule": "FREQ=DAILY;COUNT=4"})
    due = []
    while True:
        reaction.deliver(event)
        following = open_tasks(tasks)
        if not following:
            break
        [task] = following
        due.append(task["dueAt"])
        event = completed_again(tasks, task["id"])
    assert due == ["2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z"]
