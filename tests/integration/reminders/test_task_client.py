"""Tests of adding a reminder to a task: the functions `reminders` and `tasks` together, over real HTTP."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from events.task import TaskDeleted
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import a_task_event, stored_reminders, waiting_firings
from tests.samples import a_task
from tests.services import listening

TASK = {"title": "Water the plants", "dueAt": "2026-03-02T13:00:00Z", "timeZone": "Europe/Berlin"}


@dataclass
class TasksService:
    """Serves the function `tasks` over HTTP, records the methods, and calls ``before_put`` before each PUT."""

    function: FunctionUnderTest
    url: str = ""
    before_put: Callable[[], object] = lambda: None
    methods: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle a request as a WSGI application."""
        self.methods.append(environ["REQUEST_METHOD"])
        if environ["REQUEST_METHOD"] == "PUT":
            self.before_put()
        body: Iterable[bytes] = self.function.client.application.wsgi_app(environ, start_response)
        return body


@pytest.fixture
def tasks(function: Load) -> Iterator[TasksService]:
    """The function tasks, served on loopback."""
    tasks = TasksService(function("tasks"))
    with listening("tasks", tasks) as tasks.url:
        yield tasks


@pytest.fixture
def api(function: Load, tasks: TasksService) -> FunctionUnderTest:
    """The function reminders, which calls this `tasks` service."""
    return function("reminders", SERVICES_URL=tasks.url)


def create_task(tasks: TasksService, **changes: Any) -> str:
    """Create a task and return its id."""
    response = tasks.function.call("POST", "/tasks", {**TASK, **changes})
    assert response.status_code == 201, response.text
    return str((response.json or {})["id"])


def request_reminder(api: FunctionUnderTest, task_id: str, user: str = "alice", **reminder: str) -> TestResponse:
    """Request a reminder of a task."""
    return api.call("POST", "/reminders/schedule", {"taskId": task_id, **reminder}, user=user)


def task_reminders(tasks: TasksService, task_id: str) -> list[Any]:
    """Return the reminders of a task as `tasks` shows them."""
    return list((tasks.function.call("GET", f"/tasks/{task_id}").json or {})["reminders"])


def deliver_task_events(function: Load, api: FunctionUnderTest) -> None:
    """Deliver the emitted task events with reminders to schedule-reminders, as a broker would."""
    schedule = function("schedule-reminders")
    for event in [event for event in api.emitted if event.attributes.reminders]:
        assert schedule.deliver(event).status_code == 202


@pytest.mark.parametrize(
    ("reminder", "moment"), [({"before": "PT30M"}, "12:30"), ({"at": "2026-03-02T12:10:00Z"}, "12:10")]
)
def test_a_tasks_reminder_is_added_to_the_task(
    function: Load, tasks: TasksService, api: FunctionUnderTest, reminder: dict[str, str], moment: str
) -> None:
    """The response is the scheduled reminder, and the task's event does not schedule it again."""
    task_id = create_task(tasks)
    response = request_reminder(api, task_id, **reminder)
    assert response.status_code == 201, response.text
    scheduled = response.json or {}
    assert (scheduled["taskId"], scheduled["title"], scheduled["status"]) == (task_id, "Water the plants", "scheduled")
    assert api.call("GET", response.headers["Location"]).json == scheduled
    assert len(task_reminders(tasks, task_id)) == 1
    deliver_task_events(function, api)
    assert stored_reminders(api) == [("scheduled", moment)]
    assert waiting_firings(api) == [moment]
    assert api.emitted_types().count("ReminderScheduled") == 1


def test_the_tasks_event_may_be_handled_before_the_request(
    function: Load, tasks: TasksService, api: FunctionUnderTest
) -> None:
    """The request returns the reminder that the event scheduled, and does not change the task."""
    task_id = create_task(tasks, reminders=[{"before": "PT30M"}])
    deliver_task_events(function, api)
    assert request_reminder(api, task_id, before="PT30M").status_code == 201
    assert tasks.methods == ["GET"]
    assert stored_reminders(api) == [("scheduled", "12:30")]
    assert api.emitted_types().count("ReminderScheduled") == 1


def test_the_other_fields_of_the_task_stay_unchanged(tasks: TasksService, api: FunctionUnderTest) -> None:
    """Other reminders, notes, tags and the recurrence are unchanged."""
    task_id = create_task(
        tasks, notes="The big ones", tags=["home"], recurrence={"rule": "FREQ=DAILY"}, reminders=[{"before": "P1D"}]
    )
    before = tasks.function.call("GET", f"/tasks/{task_id}").json or {}
    request_reminder(api, task_id, before="PT30M")
    after = tasks.function.call("GET", f"/tasks/{task_id}").json or {}
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"reminders", "version", "updatedAt"}
    assert [reminder["before"] for reminder in after["reminders"]] == ["P1D", "PT30M"]


def test_a_concurrent_change_of_the_task_repeats_the_update(tasks: TasksService, api: FunctionUnderTest) -> None:
    """The second attempt keeps the other change."""
    task_id = create_task(tasks)
    titles = iter(["Feed the cat"])

    def change_title() -> None:
        for title in titles:
            assert tasks.function.call("PUT", f"/tasks/{task_id}", {**TASK, "title": title}).status_code == 200

    tasks.before_put = change_title
    response = request_reminder(api, task_id, before="PT30M")
    assert (response.status_code, (response.json or {})["title"]) == (201, "Feed the cat")
    assert tasks.methods == ["GET", "PUT", "GET", "PUT"]


def test_a_task_that_keeps_changing_is_a_conflict(tasks: TasksService, api: FunctionUnderTest) -> None:
    """The response is 409 with Retry-After, and no reminder is stored."""
    task_id = create_task(tasks)
    numbers = iter(range(100))
    tasks.before_put = lambda: tasks.function.call("PUT", f"/tasks/{task_id}", {**TASK, "title": f"{next(numbers)}"})
    response = request_reminder(api, task_id, before="PT30M")
    assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
    assert stored_reminders(api) == []


def test_a_reminder_that_a_newer_version_removed_is_a_conflict(tasks: TasksService, api: FunctionUnderTest) -> None:
    """If a newer version of the task was seen, the reminders of that version are valid."""
    task_id = create_task(tasks)
    newer = "INSERT INTO reminders.seen VALUES (:task_id, 99, false)"
    tasks.before_put = lambda: api.database.run(newer, task_id=task_id)
    response = request_reminder(api, task_id, before="PT30M")
    assert response.status_code == 409
    assert stored_reminders(api) == []


def test_a_reminder_of_a_task_deleted_in_the_meantime_is_a_conflict(
    function: Load, tasks: TasksService, api: FunctionUnderTest
) -> None:
    """The stored reminder was cancelled by the deletion, so it is not returned."""
    task_id = create_task(tasks)
    assert request_reminder(api, task_id, before="PT30M").status_code == 201
    deleted = a_task_event(TaskDeleted, a_task(id=UUID(task_id), version=99))
    tasks.before_put = lambda: function("cancel-reminders").deliver(deleted)
    assert request_reminder(api, task_id, before="PT30M", maxLateness="PT5M").status_code == 409
    assert stored_reminders(api) == [("cancelled", "12:30")]


def test_the_task_of_another_user_is_not_found(tasks: TasksService, api: FunctionUnderTest) -> None:
    """The problem is that of `tasks`."""
    response = request_reminder(api, create_task(tasks), user="mallory", before="PT30M")
    assert (response.status_code, (response.json or {})["detail"]) == (404, "there is no task with this id")


def test_too_many_reminders_are_rejected_with_the_field(tasks: TasksService, api: FunctionUnderTest) -> None:
    """A task has at most twenty reminders; the problem of `tasks` is returned with its fields."""
    task_id = create_task(tasks, reminders=[{"before": f"PT{minutes}M"} for minutes in range(1, 21)])
    response = request_reminder(api, task_id, before="PT30M")
    assert (response.status_code, (response.json or {})["errors"][0]["field"]) == (400, "reminders")


def test_before_needs_a_task_with_a_due_date(tasks: TasksService, api: FunctionUnderTest) -> None:
    """The problem names the field."""
    response = request_reminder(api, create_task(tasks, dueAt=None), before="PT30M")
    assert (response.status_code, (response.json or {})["errors"][0]["field"]) == (400, "before")


def test_a_reminder_of_a_completed_task_is_a_conflict(tasks: TasksService, api: FunctionUnderTest) -> None:
    """The task must be reopened first."""
    task_id = create_task(tasks, reminders=[{"before": "PT30M"}])
    tasks.function.call("POST", f"/tasks/{task_id}/complete")
    assert request_reminder(api, task_id, before="PT30M").status_code == 409
    assert stored_reminders(api) == []


def test_a_dismissed_reminder_can_be_requested_again(tasks: TasksService, api: FunctionUnderTest) -> None:
    """It is scheduled again, and fires once."""
    task_id = create_task(tasks)
    location = request_reminder(api, task_id, before="PT30M").headers["Location"]
    api.call("DELETE", location)
    assert waiting_firings(api) == []
    assert (request_reminder(api, task_id, before="PT30M").json or {})["status"] == "scheduled"
    assert waiting_firings(api) == ["12:30"]


def test_an_unreachable_tasks_service_is_a_503(function: Load) -> None:
    """The response has Retry-After, and no reminder is stored."""
    api = function("reminders")
    response = request_reminder(api, "0195a000-0000-7000-8000-000000000001", before="PT30M")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert stored_reminders(api) == []
