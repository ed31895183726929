"""Creating and changing tasks."""

from typing import Any

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, NOBODYS, TEA, done, events, following, made, read, refusal, series_of

BEFORE = {"reminders": [{"before": "PT30M"}]}


def test_a_created_task_is_answered_kept_and_said(tasks: FunctionUnderTest) -> None:
    """201 with where it is and its version; the event carries the whole task."""
    answer = tasks.call("POST", "/tasks", {**TEA, "notes": "Green", "tags": ["home"], "priority": "high", **BEFORE})
    task = answer.json or {}
    assert (answer.status_code, answer.headers["Location"], answer.headers["ETag"]) == (
        201,
        f"/tasks/{task['id']}",
        '"1"',
    )
    assert read(tasks, task) == task
    assert {name: task[name] for name in ("userId", "status", "dueAt", "notes", "tags", "priority")} == {
        "userId": "alice",
        "status": "open",
        "dueAt": "2026-03-02T13:00:00Z",
        "notes": "Green",
        "tags": ["home"],
        "priority": "high",
    }
    [event] = tasks.emitted
    assert isinstance(event.data, TaskCreated)
    assert event.data.task.model_dump(mode="json", by_alias=True) == task
    attributes = event.attributes
    assert (attributes.subject, attributes.userid, attributes.reminders) == (task["id"], "alice", "true")
    assert (attributes.recurring, event.data.series) == (None, None)
    assert attributes.correlationid == answer.headers["X-Correlation-Id"]


def test_a_recurring_task_is_said_with_its_series(tasks: FunctionUnderTest) -> None:
    """It is the first occurrence, whether its rule would produce that day or not; the event wakes who cares."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=FR"}})
    [event] = tasks.emitted
    [said] = events(tasks)
    assert said.series is not None
    assert (task["occurrence"], str(said.series.id), event.attributes.recurring) == (1, task["seriesId"], "true")
    assert said.series.start.isoformat() == "2026-03-02T14:00:00"


def test_hostile_text_comes_back_as_it_went_in(tasks: FunctionUnderTest) -> None:
    """Quotes, markup, bidirectional marks and astral characters are text."""
    text = "'; DROP TABLE tasks; -- \\ \" %s :name {0} <b>\u202e\U0001f375 \\u0000"
    task = made(tasks, {**TEA, "title": text, "notes": text, "tags": ["%", "'"]})
    assert (read(tasks, task)["title"], read(tasks, task)["notes"], read(tasks, task)["tags"]) == (
        text,
        text,
        ["%", "'"],
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"dueAt": "2026-03-02T13:00:00", "timeZone": None}, "dueAt"),
        ({"dueAt": "8999-12-31T23:59:00", "timeZone": "America/New_York"}, "dueAt"),
        ({"recurrence": {"rule": "FREQ=DAILY;BYDAY=XX"}}, "recurrence.rule"),
        ({"owner": "mallory"}, "owner"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_bad_body_is_refused_by_field(
    tasks: FunctionUnderTest, method: str, changes: dict[str, Any], field: str
) -> None:
    """A problem that names it; nothing is kept or said."""
    path = "/tasks" if method == "POST" else f"/tasks/{made(tasks)['id']}"
    said = len(tasks.emitted)
    answer = tasks.call(method, path, {**TEA, **changes})
    assert refusal(answer) == (400, [field])
    assert answer.mimetype == "application/problem+json"
    assert len(tasks.emitted) == said


def test_a_repeat_is_the_same_task(tasks: FunctionUnderTest) -> None:
    """With its Idempotency-Key, also where the state store has forgotten it; the series stays as it is by then."""
    task = made(tasks, DAILY, idempotency_key="one")
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "ended"})
    ended = series_of(tasks, task)
    assert made(tasks, DAILY, idempotency_key="one") == task
    tasks.database.run("DELETE FROM state.entries")
    assert made(tasks, DAILY, idempotency_key="one") == task
    assert series_of(tasks, task) == ended
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_key_is_for_one_request(tasks: FunctionUnderTest) -> None:
    """Another body is a 422, also where the state store has forgotten the first."""
    made(tasks, DAILY, idempotency_key="one")
    tasks.database.run("DELETE FROM state.entries")
    assert tasks.call("POST", "/tasks", TEA, idempotency_key="one").status_code == 422
    assert made(tasks, TEA, idempotency_key="one", user="bob")["userId"] == "bob"


def test_a_put_replaces_every_field(tasks: FunctionUnderTest) -> None:
    """What is left out goes back to its default; the event carries the task before."""
    task = made(tasks, {**TEA, "notes": "Green", **BEFORE})
    tasks.clock.forward(minutes=1)
    answer = tasks.call("PUT", f"/tasks/{task['id']}", {"title": "Coffee"}, if_match='"1"')
    changed = answer.json or {}
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (changed["title"], changed["notes"], changed["dueAt"], changed["reminders"]) == ("Coffee", "", None, [])
    assert (changed["version"], changed["createdAt"]) == (2, task["createdAt"])
    assert changed["updatedAt"] > task["updatedAt"]
    assert read(tasks, task) == changed
    said = events(tasks)[-1]
    assert said.previous is not None
    assert (tasks.emitted_types()[-1], said.task.title, said.previous.title) == ("TaskUpdated", "Coffee", "Tea")
    assert tasks.emitted[-1].attributes.reminders == "true"


def test_a_put_that_changes_nothing_says_nothing(tasks: FunctionUnderTest) -> None:
    """The same fields, in another spelling, keep the version."""
    task = made(tasks, {**DAILY, **BEFORE, "tags": ["home"]})
    same = {**DAILY, **BEFORE, "tags": ["home", " home"], "dueAt": "2026-03-02T14:00:00"}
    tasks.clock.forward(minutes=1)
    answer = tasks.call("PUT", f"/tasks/{task['id']}", same)
    assert (answer.status_code, answer.json, answer.headers["ETag"]) == (200, task, '"1"')
    assert tasks.emitted_types() == ["TaskCreated"]


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/reopen")])
def test_a_change_of_an_old_version_is_refused(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """412 says which version is current, and nothing happens."""
    task = made(tasks)
    tasks.call("PUT", f"/tasks/{task['id']}", {**TEA, "title": "Coffee"})
    body = TEA if method == "PUT" else None
    answer = tasks.call(method, f"/tasks/{task['id']}{path}", body, if_match='"1"')
    assert (answer.status_code, answer.headers["ETag"], (answer.json or {})["version"]) == (412, '"2"', 2)
    assert tasks.emitted_types() == ["TaskCreated", "TaskUpdated"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/reopen")]
)
def test_anothers_task_is_not_there(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """The answer is that of a task that never was."""
    task = made(tasks)
    answers = [
        tasks.call(method, f"/tasks/{task_id}{path}", TEA if method == "PUT" else None, user="mallory")
        for task_id in (task["id"], NOBODYS)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert read(tasks, task) == task


def test_a_deleted_task_is_gone(tasks: FunctionUnderTest) -> None:
    """The event carries its last state; a repeat is a 404."""
    task = made(tasks, {**TEA, **BEFORE})
    place = f"/tasks/{task['id']}"
    assert tasks.call("DELETE", place).status_code == 204
    assert [tasks.call(method, place).status_code for method in ("DELETE", "GET")] == [404, 404]
    assert (tasks.call("GET", "/tasks").json or {})["items"] == []
    said = events(tasks)[-1]
    assert (tasks.emitted_types(), said.task.version) == (["TaskCreated", "TaskDeleted"], 2)
    assert str(said.task.id) == task["id"]


def test_a_completed_task_says_when(tasks: FunctionUnderTest) -> None:
    """The event carries the time and the series."""
    task = made(tasks, DAILY)
    tasks.clock.forward(minutes=5)
    completed = done(tasks, task)
    assert (completed["status"], completed["completedAt"], completed["version"]) == (
        "completed",
        "2026-03-02T12:05:00Z",
        2,
    )
    said = events(tasks)[-1]
    assert said.series is not None
    assert (tasks.emitted_types()[-1], said.task.completed_at) == ("TaskCompleted", tasks.clock.now)


def test_completing_twice_is_completing_once(tasks: FunctionUnderTest) -> None:
    """The same answer, and nothing is said again."""
    task = made(tasks)
    first = done(tasks, task)
    tasks.clock.forward(minutes=5)
    assert done(tasks, task) == first
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]


def test_a_completed_task_can_be_reopened_once(tasks: FunctionUnderTest) -> None:
    """It is to be done again; reopening an open one says nothing."""
    task = made(tasks)
    done(tasks, task)
    for _ in range(2):
        answer = tasks.call("POST", f"/tasks/{task['id']}/reopen")
        assert answer.status_code == 200
        assert ((answer.json or {})["status"], (answer.json or {})["completedAt"]) == ("open", None)
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted", "TaskReopened"]


def test_another_rule_begins_the_series_anew(tasks: FunctionUnderTest) -> None:
    """From this task's due date, in the same series, which the event carries."""
    task = made(tasks, DAILY)
    weekly = {**DAILY, "dueAt": "2026-03-04T08:00:00Z", "recurrence": {"rule": "FREQ=WEEKLY"}}
    assert tasks.call("PUT", f"/tasks/{task['id']}", weekly).status_code == 200
    series = series_of(tasks, task)
    assert (series["start"], series["recurrence"]["rule"]) == ("2026-03-04T09:00:00", "FREQ=WEEKLY")
    said = events(tasks)[-1].series
    assert said is not None
    assert said.recurrence.rule == "FREQ=WEEKLY"


def test_another_due_date_keeps_the_beat(tasks: FunctionUnderTest) -> None:
    """Only this occurrence moves."""
    task = made(tasks, DAILY)
    before = series_of(tasks, task)
    tasks.call("PUT", f"/tasks/{task['id']}", {**DAILY, "dueAt": "2026-03-02T18:00:00Z"})
    after = series_of(tasks, task)
    assert (after["start"], after["version"]) == (before["start"], before["version"])
    said = events(tasks)[-1].series
    assert said is not None
    assert said.start.isoformat() == before["start"]


def test_a_task_without_recurrence_ends_its_series(tasks: FunctionUnderTest) -> None:
    """The task leaves it; with a recurrence again, it begins anew."""
    task = made(tasks, DAILY)
    changed = tasks.call("PUT", f"/tasks/{task['id']}", TEA).json or {}
    assert (changed["recurrence"], changed["seriesId"], series_of(tasks, task)["status"]) == (None, None, "ended")
    again = tasks.call("PUT", f"/tasks/{task['id']}", DAILY).json or {}
    assert (series_of(tasks, again)["status"], again["occurrence"]) == ("active", 1)


def test_a_deleted_occurrence_ends_its_series(tasks: FunctionUnderTest) -> None:
    """Nothing follows what nobody can complete."""
    task = made(tasks, DAILY)
    tasks.call("DELETE", f"/tasks/{task['id']}")
    assert series_of(tasks, task)["status"] == "ended"


def test_an_occurrence_that_was_followed_leaves_the_series_alone(tasks: FunctionUnderTest) -> None:
    """Its recurrence stays, all else may change, and deleting it ends nothing, reopened or not."""
    task = made(tasks, DAILY)
    done(tasks, task)
    assert following(tasks, task, "2026-03-03T13:00:00Z").status_code == 201
    before = series_of(tasks, task)
    place = f"/tasks/{task['id']}"
    for body in (TEA, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}):
        assert refusal(tasks.call("PUT", place, body)) == (409, ["recurrence"])
    assert tasks.call("PUT", place, {**DAILY, "title": "Coffee"}).status_code == 200
    tasks.call("POST", f"{place}/reopen")
    assert tasks.call("DELETE", place).status_code == 204
    after = series_of(tasks, task)
    assert (after["status"], after["version"], len(after["occurrences"])) == ("active", before["version"], 1)
