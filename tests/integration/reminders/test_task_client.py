"""Adding a reminder to a task: the functions reminders and tasks together, over real HTTP."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from events.task import TaskDeleted
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import firings, rows, task_event
from tests.samples import a_task
from tests.services import listening

TASK = {"title": "Water the plants", "dueAt": "2026-03-02T13:00:00Z", "timeZone": "Europe/Berlin"}


@dataclass
class Road:
    """The way to the function tasks; ``meanwhile`` happens just before each PUT arrives there."""

    tasks: FunctionUnderTest
    url: str = ""
    meanwhile: Callable[[], object] = lambda: None
    asked: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Be a WSGI application."""
        self.asked.append(environ["REQUEST_METHOD"])
        if environ["REQUEST_METHOD"] == "PUT":
            self.meanwhile()
        answer: Iterable[bytes] = self.tasks.client.application.wsgi_app(environ, start_response)
        return answer


@pytest.fixture
def road(function: Load) -> Iterator[Road]:
    """The function tasks, listening on loopback."""
    road = Road(function("tasks"))
    with listening("tasks", road) as road.url:
        yield road


@pytest.fixture
def api(function: Load, road: Road) -> FunctionUnderTest:
    """The function reminders, which finds tasks down that road."""
    return function("reminders", SERVICES_URL=road.url)


def a_made_task(road: Road, **changes: Any) -> str:
    """Create a task and return its id."""
    answer = road.tasks.call("POST", "/tasks", {**TASK, **changes})
    assert answer.status_code == 201, answer.text
    return str((answer.json or {})["id"])


def ask(api: FunctionUnderTest, task_id: str, user: str = "alice", **reminder: str) -> TestResponse:
    """Ask for a reminder of a task."""
    return api.call("POST", "/reminders/schedule", {"taskId": task_id, **reminder}, user=user)


def task_reminders(road: Road, task_id: str) -> list[Any]:
    """Return the reminders that the task holds."""
    return list((road.tasks.call("GET", f"/tasks/{task_id}").json or {})["reminders"])


def hear_of_tasks(function: Load, api: FunctionUnderTest) -> None:
    """Let schedule-reminders hear, as a broker would tell it, what tasks said."""
    listener = function("schedule-reminders")
    for event in [event for event in api.emitted if event.attributes.reminders]:
        assert listener.deliver(event).status_code == 202


@pytest.mark.parametrize(
    ("reminder", "moment"), [({"before": "PT30M"}, "12:30"), ({"at": "2026-03-02T12:10:00Z"}, "12:10")]
)
def test_a_tasks_reminder_is_added_to_the_task(
    function: Load, road: Road, api: FunctionUnderTest, reminder: dict[str, str], moment: str
) -> None:
    """It is answered as planned, the task holds it, and the task's event plans it no second time."""
    task_id = a_made_task(road)
    answer = ask(api, task_id, **reminder)
    assert answer.status_code == 201, answer.text
    planned = answer.json or {}
    assert (planned["taskId"], planned["title"], planned["status"]) == (task_id, "Water the plants", "scheduled")
    assert api.call("GET", answer.headers["Location"]).json == planned
    assert len(task_reminders(road, task_id)) == 1
    hear_of_tasks(function, api)
    assert rows(api) == [("scheduled", moment)]
    assert firings(api) == [moment]
    assert api.emitted_types().count("ReminderScheduled") == 1


def test_the_tasks_event_may_be_heard_first(function: Load, road: Road, api: FunctionUnderTest) -> None:
    """Asked for what was planned meanwhile, it answers that, and the task is not changed again."""
    task_id = a_made_task(road, reminders=[{"before": "PT30M"}])
    hear_of_tasks(function, api)
    assert ask(api, task_id, before="PT30M").status_code == 201
    assert road.asked == ["GET"]
    assert rows(api) == [("scheduled", "12:30")]
    assert api.emitted_types().count("ReminderScheduled") == 1


def test_everything_else_about_the_task_stays(road: Road, api: FunctionUnderTest) -> None:
    """Other reminders, notes, tags and the recurrence are put back as they were."""
    task_id = a_made_task(
        road, notes="The big ones", tags=["home"], recurrence={"rule": "FREQ=DAILY"}, reminders=[{"before": "P1D"}]
    )
    before = road.tasks.call("GET", f"/tasks/{task_id}").json or {}
    ask(api, task_id, before="PT30M")
    after = road.tasks.call("GET", f"/tasks/{task_id}").json or {}
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"reminders", "version", "updatedAt"}
    assert [one["before"] for one in after["reminders"]] == ["P1D", "PT30M"]


def test_a_task_that_changes_meanwhile_is_asked_again(road: Road, api: FunctionUnderTest) -> None:
    """The other's change is kept: the second try is made on top of it."""
    task_id = a_made_task(road)
    titles = iter(["Feed the cat"])

    def meanwhile() -> None:
        for title in titles:
            assert road.tasks.call("PUT", f"/tasks/{task_id}", {**TASK, "title": title}).status_code == 200

    road.meanwhile = meanwhile
    answer = ask(api, task_id, before="PT30M")
    assert (answer.status_code, (answer.json or {})["title"]) == (201, "Feed the cat")
    assert road.asked == ["GET", "PUT", "GET", "PUT"]


def test_a_task_that_changes_all_the_time_is_given_up(road: Road, api: FunctionUnderTest) -> None:
    """The answer asks to try again, and nothing was planned."""
    task_id = a_made_task(road)
    numbers = iter(range(100))
    road.meanwhile = lambda: road.tasks.call("PUT", f"/tasks/{task_id}", {**TASK, "title": f"{next(numbers)}"})
    answer = ask(api, task_id, before="PT30M")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert rows(api) == []


def test_a_reminder_that_was_taken_off_meanwhile_is_not_answered(road: Road, api: FunctionUnderTest) -> None:
    """Where a newer version of the task was followed already, its reminders are the ones that count."""
    task_id = a_made_task(road)
    newer = "INSERT INTO reminders.seen VALUES (:task_id, 99, false)"
    road.meanwhile = lambda: api.database.run(newer, task_id=task_id)
    answer = ask(api, task_id, before="PT30M")
    assert answer.status_code == 409
    assert rows(api) == []


def test_a_reminder_of_a_task_that_is_gone_meanwhile_is_not_answered(
    function: Load, road: Road, api: FunctionUnderTest
) -> None:
    """It was planned before and is cancelled by now: that is no answer to who asks for one."""
    task_id = a_made_task(road)
    assert ask(api, task_id, before="PT30M").status_code == 201
    gone = task_event(TaskDeleted, a_task(id=UUID(task_id), version=99))
    road.meanwhile = lambda: function("cancel-reminders").deliver(gone)
    assert ask(api, task_id, before="PT30M", maxLateness="PT5M").status_code == 409
    assert rows(api) == [("cancelled", "12:30")]


def test_another_users_task_is_not_there(road: Road, api: FunctionUnderTest) -> None:
    """What tasks refuses is refused with its own words."""
    answer = ask(api, a_made_task(road), user="mallory", before="PT30M")
    assert (answer.status_code, (answer.json or {})["detail"]) == (404, "there is no task with this id")


def test_one_reminder_too_many_is_refused_with_the_field(road: Road, api: FunctionUnderTest) -> None:
    """A task holds twenty; the problem that tasks answers comes through with its fields."""
    task_id = a_made_task(road, reminders=[{"before": f"PT{minutes}M"} for minutes in range(1, 21)])
    answer = ask(api, task_id, before="PT30M")
    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "reminders")


def test_before_needs_a_task_that_is_due(road: Road, api: FunctionUnderTest) -> None:
    """The problem names the field and what to do."""
    answer = ask(api, a_made_task(road, dueAt=None), before="PT30M")
    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "before")


def test_a_completed_task_is_not_reminded_of(road: Road, api: FunctionUnderTest) -> None:
    """It is to be reopened first."""
    task_id = a_made_task(road, reminders=[{"before": "PT30M"}])
    road.tasks.call("POST", f"/tasks/{task_id}/complete")
    assert ask(api, task_id, before="PT30M").status_code == 409
    assert rows(api) == []


def test_a_dismissed_reminder_can_be_asked_for_again(road: Road, api: FunctionUnderTest) -> None:
    """It is planned once more, and fires once."""
    task_id = a_made_task(road)
    place = ask(api, task_id, before="PT30M").headers["Location"]
    api.call("DELETE", place)
    assert firings(api) == []
    assert (ask(api, task_id, before="PT30M").json or {})["status"] == "scheduled"
    assert firings(api) == ["12:30"]


def test_tasks_that_cannot_be_reached_is_a_503(function: Load) -> None:
    """The answer says when to try again, and nothing was planned."""
    api = function("reminders")
    answer = ask(api, "0195a000-0000-7000-8000-000000000001", before="PT30M")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert rows(api) == []
