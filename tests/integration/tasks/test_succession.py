"""The next occurrence, as ``create-next-occurrence`` asks for it."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, NOBODYS, acting, done, events, following, made, read, refusal

TOMORROW = "2026-03-03T13:00:00Z"


def test_the_next_occurrence_is_created_and_said(tasks: FunctionUnderTest) -> None:
    """With what the one before had, its own reminders moved along, and the correlation id of the completion."""
    reminders = [{"before": "PT30M"}, {"at": "2026-03-02T08:00:00Z"}]
    task = made(tasks, {**DAILY, "notes": "Green", "tags": ["home"], "priority": "low", "reminders": reminders})
    done(tasks, task)
    answer = following(tasks, task, TOMORROW, X_Correlation_Id="the-completion")
    after = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/tasks/{after['id']}")
    same = ("title", "notes", "tags", "priority", "timeZone", "recurrence", "seriesId", "userId")
    assert [after[name] for name in same] == [task[name] for name in same]
    assert (after["status"], after["dueAt"], after["occurrence"], after["version"]) == ("open", TOMORROW, 2, 1)
    assert [(one["before"], one["at"]) for one in after["reminders"]] == [
        ("PT30M", None),
        (None, "2026-03-03T08:00:00Z"),
    ]
    assert read(tasks, after) == after
    said = events(tasks)[-1]
    assert (tasks.emitted_types()[-1], str(said.task.id)) == ("TaskCreated", after["id"])
    assert said.series is not None
    assert tasks.emitted[-1].attributes.correlationid == "the-completion"


def test_a_repeat_is_answered_the_same(tasks: FunctionUnderTest) -> None:
    """Whatever it asks for and whatever its key: a task has one successor."""
    task = made(tasks, DAILY)
    done(tasks, task)
    first = following(tasks, task, TOMORROW, idempotency_key="one")
    tasks.database.run("DELETE FROM state.entries")
    again = following(tasks, task, TOMORROW, idempotency_key="one")
    other = following(tasks, task, "2026-03-04T13:00:00Z", number=3, idempotency_key="two")
    assert [answer.status_code for answer in (first, again, other)] == [201, 201, 201]
    assert first.json == again.json == other.json
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_a_successor_that_was_deleted_does_not_come_back(tasks: FunctionUnderTest) -> None:
    """A repeat finds the one that it made."""
    task = made(tasks, DAILY)
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    tasks.call("DELETE", f"/tasks/{after['id']}")
    assert following(tasks, task, TOMORROW).json["id"] == after["id"]
    assert tasks.call("GET", f"/tasks/{after['id']}").status_code == 404


def test_a_task_that_is_completed_again_has_its_successor(tasks: FunctionUnderTest) -> None:
    """Reopening and completing it makes no second one."""
    task = made(tasks, DAILY)
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    tasks.call("POST", f"/tasks/{task['id']}/reopen")
    done(tasks, task)
    assert following(tasks, task, TOMORROW).json == after


def test_it_goes_on_from_the_series_as_it_is(tasks: FunctionUnderTest) -> None:
    """Where the completion led by the time it was said does not count, if that is another place by now."""
    task = made(tasks, DAILY)
    done(tasks, task)
    after = following(tasks, task, "2026-03-05T13:00:00Z", number=4).json
    assert (after["dueAt"], after["occurrence"]) == (TOMORROW, 2)


@pytest.mark.parametrize(("method", "path"), [("POST", "/reopen"), ("DELETE", "")])
def test_nothing_follows_what_is_not_done(tasks: FunctionUnderTest, method: str, path: str) -> None:
    """A task that was reopened or deleted meanwhile has no successor, and that is no error."""
    task = made(tasks, DAILY)
    done(tasks, task)
    tasks.call(method, f"/tasks/{task['id']}{path}")
    answer = following(tasks, task, TOMORROW)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "TaskCreated" not in tasks.emitted_types()[1:]


def test_nothing_follows_a_task_of_another_series(tasks: FunctionUnderTest) -> None:
    """Nor one that never was."""
    task, other = made(tasks, DAILY), made(tasks, DAILY)
    done(tasks, task)
    for follows in (task["id"], NOBODYS):
        assert following(tasks, {"id": follows, "seriesId": other["seriesId"]}, TOMORROW).status_code == 204
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_only_its_function_may_ask(tasks: FunctionUnderTest) -> None:
    """Neither the user nor another function; and nobody for a user who is not the owner."""
    task = made(tasks, DAILY)
    done(tasks, task)
    user = f"Bearer {tasks.token('alice')}"
    for header, status in (
        (user, 403),
        (acting(tasks, "reminders"), 403),
        (acting(tasks, user="mallory"), 404),
    ):
        assert following(tasks, task, TOMORROW, Authorization=header).status_code == status
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]


@pytest.mark.parametrize(
    ("due_at", "number", "field"),
    [("2026-03-03T14:00:00", 2, "dueAt"), (TOMORROW, 0, "number"), (TOMORROW, 2**31, "number")],
)
def test_a_bad_occurrence_is_refused_by_field(tasks: FunctionUnderTest, due_at: str, number: int, field: str) -> None:
    """Nothing is made of it."""
    task = made(tasks, DAILY)
    done(tasks, task)
    assert refusal(following(tasks, task, due_at, number=number)) == (400, [field])
