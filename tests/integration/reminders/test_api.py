"""The HTTP function reminders: reminders by themselves, the list, snoozing and dismissing."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.reminder import ReminderDue
from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import MINUTE, firings, reminders_said, rows, task_event
from tests.samples import NOON, TASK_ID, a_task

TEA = {"title": "Tea", "at": "2026-03-02T12:10:00Z"}


@pytest.fixture
def api(function: Load) -> FunctionUnderTest:
    """The HTTP function."""
    return function("reminders")


def made(api: FunctionUnderTest, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    """Schedule a reminder and return it."""
    answer = api.call("POST", "/reminders/schedule", body or TEA, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def listed(api: FunctionUnderTest, query: str = "") -> list[str]:
    """Return the titles of the reminders that a query lists."""
    answer = api.call("GET", f"/reminders{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in (answer.json or {})["items"]]


def deliver(api: FunctionUnderTest) -> None:
    """Let every reminder's firing have gone out and been delivered."""
    api.database.run("DELETE FROM delivery.outbox")
    api.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")


def test_a_reminder_by_itself_is_planned(api: FunctionUnderTest) -> None:
    """It is answered with its place and version, is said to be scheduled, and waits for its moment."""
    answer = api.call("POST", "/reminders/schedule", TEA)
    reminder = answer.json or {}
    assert (answer.status_code, reminder["status"], reminder["remindAt"]) == (201, "scheduled", "2026-03-02T12:10:00Z")
    assert (answer.headers["Location"], answer.headers["ETag"]) == (f"/reminders/{reminder['id']}", '"1"')
    assert reminders_said(api) == [("ReminderScheduled", "12:10")]
    assert firings(api) == ["12:10"]
    assert api.call("GET", answer.headers["Location"]).json == reminder


def test_a_wall_clock_time_needs_its_zone(api: FunctionUnderTest) -> None:
    """Without an offset the zone says which moment is meant; without both there is none."""
    berlin = {"title": "Tea", "at": "2026-03-02T14:10", "timeZone": "Europe/Berlin"}
    assert made(api, berlin)["remindAt"] == "2026-03-02T13:10:00Z"
    answer = api.call("POST", "/reminders/schedule", {"title": "Tea", "at": "2026-03-02T14:10"})
    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "at")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"title": "Tea"}, "must have title and at"),
        ({"title": "Tea", "before": "PT5M"}, "must have title and at"),
        ({"taskId": str(TASK_ID)}, "either before or at"),
        ({"taskId": str(TASK_ID), "before": "PT5M", "at": "2026-03-02T12:10:00Z"}, "either before or at"),
        ({"taskId": str(TASK_ID), "before": "PT5M", "title": "Tea"}, "not have both taskId and title"),
        ({"taskId": str(TASK_ID), "before": "PT5M", "timeZone": "Europe/Berlin"}, "at beside timeZone"),
        ({"title": "Tea", "at": "tomorrow"}, "at: must be an RFC 3339 time"),
        ({"title": "Tea", "at": "9999-01-01T00:00:00Z"}, "at: must be from the year 1970"),
        ({"title": "Tea", "at": "2026-02-30T00:00:00Z"}, "at: "),
        ({"title": "Tea", "at": "2026-03-02T12:10:00Z", "color": "red"}, "color"),
    ],
)
def test_what_is_no_reminder_is_refused(api: FunctionUnderTest, body: dict[str, Any], says: str) -> None:
    """The problem names what is wrong, and nothing is written."""
    answer = api.call("POST", "/reminders/schedule", body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert says in (answer.json or {})["detail"]
    assert rows(api) == []


def test_a_moment_that_has_passed_fires_at_once(api: FunctionUnderTest) -> None:
    """Nobody is told off for being slow."""
    made(api, {"title": "Tea", "at": "2026-03-02T11:59:00Z"})
    assert sorted(api.said_types()) == ["ReminderDue", "ReminderScheduled"]


@pytest.mark.parametrize("forgotten", [False, True])
def test_the_same_key_plans_one_reminder(api: FunctionUnderTest, *, forgotten: bool) -> None:
    """A repeat is answered the same, also where the state store forgot; another body is refused."""
    first = made(api, idempotency_key="k")
    if forgotten:
        api.database.run("DELETE FROM state.entries")
    assert made(api, idempotency_key="k") == first
    if forgotten:
        api.database.run("DELETE FROM state.entries")
    assert api.call("POST", "/reminders/schedule", {**TEA, "title": "No"}, idempotency_key="k").status_code == 422
    assert reminders_said(api) == [("ReminderScheduled", "12:10")]


def test_a_user_sees_only_their_own(api: FunctionUnderTest) -> None:
    """Another user's reminder is not there, to read, to snooze or to dismiss."""
    place = f"/reminders/{made(api)['id']}"
    for method, path, body in (
        ("GET", place, None),
        ("POST", f"{place}/snooze", {"for": "PT5M"}),
        ("DELETE", place, None),
    ):
        assert api.call(method, path, body, user="mallory").status_code == 404
    assert (api.call("GET", "/reminders", user="mallory").json or {})["items"] == []
    assert rows(api) == [("scheduled", "12:10")]


def test_the_list_is_paged_soonest_first(api: FunctionUnderTest) -> None:
    """Each page continues the one before, also between reminders of the same moment."""
    for number, minute in enumerate((20, 10, 20, 30, 20)):
        made(api, {"title": str(number), "at": f"2026-03-02T12:{minute}:00Z"})
    titles, cursor = [], ""
    while True:
        page = api.call("GET", f"/reminders?limit=2{cursor}").json or {}
        titles += [item["title"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert (titles[0], titles[-1], sorted(titles)) == ("1", "3", ["0", "1", "2", "3", "4"])


def test_the_list_is_filtered(api: FunctionUnderTest, function: Load) -> None:
    """By status, task, moment and due date; filters combine, and unknown ones are refused by name."""
    function("schedule-reminders").hear(task_event(TaskCreated))
    made(api)
    gone = made(api, {"title": "Gone", "at": "2026-03-02T12:20:00Z"})
    api.call("DELETE", f"/reminders/{gone['id']}")
    assert listed(api) == ["Tea", "Gone", "Water the plants"]
    assert listed(api, "?status=cancelled") == ["Gone"]
    assert listed(api, f"?taskId={TASK_ID}") == ["Water the plants"]
    assert listed(api, "?remindAfter=2026-03-02T12:20:00Z&status=scheduled") == ["Water the plants"]
    assert listed(api, "?remindBefore=2026-03-02T12:20:00Z") == ["Tea"]
    assert listed(api, "?dueAfter=2026-03-02T13:00:00Z") == ["Water the plants"]
    assert listed(api, "?dueBefore=2026-03-02T13:00:00Z") == []
    refused = api.call("GET", "/reminders?user=alice")
    assert (refused.status_code, (refused.json or {})["errors"][0]["field"]) == (400, "user")
    assert api.call("GET", "/reminders?cursor=abc").status_code == 400


@pytest.mark.parametrize(
    ("asked", "moment"),
    [
        ({"for": "PT20M"}, "2026-03-02T12:20:00Z"),
        ({"for": "P1D"}, "2026-03-03T12:00:00Z"),
        ({"until": "2026-03-02T15:00:00+01:00"}, "2026-03-02T14:00:00Z"),
        ({"until": "2026-03-02T15:00", "timeZone": "Europe/Berlin"}, "2026-03-02T14:00:00Z"),
    ],
)
def test_a_snooze_moves_a_reminder(api: FunctionUnderTest, asked: dict[str, str], moment: str) -> None:
    """The old firing is withdrawn, the new one waits, and it is said to be snoozed."""
    place = f"/reminders/{made(api)['id']}"
    answer = api.call("POST", f"{place}/snooze", asked)
    reminder = answer.json or {}
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (reminder["remindAt"], reminder["snoozed"], reminder["status"]) == (moment, True, "scheduled")
    assert api.said_types() == ["ReminderScheduled", "ReminderSnoozed"]
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.model_dump(mode="json", by_alias=True) == reminder


def test_a_days_snooze_is_a_day_on_the_wall(api: FunctionUnderTest, clock: Any) -> None:
    """Over a clock change it is the same time tomorrow, in the reminder's zone."""
    clock.forward(days=26)  # Saturday noon UTC, 13:00 in Berlin; it is summer there tomorrow
    body = {"title": "Tea", "at": "2026-03-28T13:10", "timeZone": "Europe/Berlin"}
    answer = api.call("POST", f"/reminders/{made(api, body)['id']}/snooze", {"for": "P1D"})
    assert (answer.json or {})["remindAt"] == "2026-03-29T11:00:00Z"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "either for or until"),
        ({"for": "PT5M", "until": "2026-03-02T14:00:00Z"}, "either for or until"),
        ({"for": "PT0S"}, "for: must lead to a moment ahead"),
        ({"until": "2026-03-02T11:00:00Z"}, "until: must lead to a moment ahead"),
        ({"until": "2026-03-02T15:00"}, "until: needs an offset"),
        ({"for": "soon"}, "for: must be an ISO 8601 duration"),
    ],
)
def test_a_snooze_leads_ahead(api: FunctionUnderTest, asked: dict[str, str], says: str) -> None:
    """Anything else is refused by name, and the reminder stays where it was."""
    answer = api.call("POST", f"/reminders/{made(api)['id']}/snooze", asked)
    assert answer.status_code == 400
    assert says in (answer.json or {})["detail"]
    assert firings(api) == ["12:10"]


def test_the_same_snooze_is_done_once(api: FunctionUnderTest, clock: Any) -> None:
    """A repeat with its key is answered alike, even where the state store forgot and time has passed."""
    place = f"/reminders/{made(api)['id']}/snooze"
    first = api.call("POST", place, {"for": "PT20M"}, idempotency_key="k")
    api.database.run("DELETE FROM state.entries")
    clock.forward(minutes=1)
    again = api.call("POST", place, {"for": "PT20M"}, idempotency_key="k")
    assert (again.status_code, again.json) == (200, first.json)
    assert api.said_types().count("ReminderSnoozed") == 1


def test_a_delivered_reminder_can_be_snoozed(api: FunctionUnderTest, clock: Any) -> None:
    """It fires once more, and forgets that it was delivered."""
    place = f"/reminders/{made(api)['id']}"
    clock.forward(minutes=11)
    deliver(api)
    assert (api.call("GET", place).json or {})["lateBy"] == "PT0S"
    reminder = api.call("POST", f"{place}/snooze", {"for": "PT5M"}).json or {}
    assert (reminder["status"], reminder["deliveredAt"], reminder["lateBy"]) == ("scheduled", None, None)
    assert firings(api) == ["12:16"]


def test_a_snoozed_reminder_stays_when_its_task_moves(api: FunctionUnderTest, function: Load) -> None:
    """The snooze has precedence over a later recomputation, and both its firing and its title stay true."""
    schedule = function("schedule-reminders")
    schedule.hear(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    schedule.hear(task_event(TaskUpdated, a_task(version=2, title="Feed the cat", due_at=NOON + 300 * MINUTE)))
    assert firings(api) == ["12:45"]
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.title == "Feed the cat"


def test_a_snoozed_reminder_ends_with_its_task(api: FunctionUnderTest, function: Load) -> None:
    """What was put off is cancelled too, and cannot be put off again."""
    function("schedule-reminders").hear(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    function("cancel-reminders").hear(task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert firings(api) == []
    answer = api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    assert (answer.status_code, (answer.json or {})["detail"]) == (
        409,
        "the reminder was cancelled: the task was completed; schedule a new one",
    )


def test_a_delivered_reminder_of_a_completed_task_is_not_snoozed(api: FunctionUnderTest, function: Load) -> None:
    """A reminder of a completed task never fires."""
    function("schedule-reminders").hear(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    deliver(api)
    function("cancel-reminders").hear(task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"}).status_code == 409
    assert firings(api) == []


def test_a_dismissed_reminder_does_not_fire(api: FunctionUnderTest) -> None:
    """It is cancelled once, however often it is dismissed, and is still listed."""
    place = f"/reminders/{made(api)['id']}"
    assert [api.call("DELETE", place).status_code for _ in range(2)] == [204, 204]
    assert reminders_said(api) == [("ReminderScheduled", "12:10"), ("ReminderCancelled", "12:10")]
    assert firings(api) == []
    assert (api.call("GET", place).json or {})["reason"] == "it was dismissed"


def test_a_dismissed_reminder_comes_back_with_a_later_due_date_only(api: FunctionUnderTest, function: Load) -> None:
    """A new title does not bring it back; a due date that moves ahead does."""
    schedule = function("schedule-reminders")
    schedule.hear(task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M")])))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("DELETE", f"/reminders/{item['id']}")
    schedule.hear(task_event(TaskUpdated, a_task(version=2, title="Feed the cat")))
    assert firings(api) == []
    schedule.hear(task_event(TaskUpdated, a_task(version=3, due_at=NOON + 300 * MINUTE)))
    assert firings(api) == ["16:30"]


def test_dismissing_what_was_delivered_changes_nothing(api: FunctionUnderTest, clock: Any) -> None:
    """What happened stays told."""
    place = f"/reminders/{made(api)['id']}"
    clock.forward(minutes=11)
    deliver(api)
    assert api.call("DELETE", place).status_code == 204
    assert rows(api) == [("delivered", "12:10")]


def test_a_change_of_another_version_is_refused(api: FunctionUnderTest) -> None:
    """If-Match with an old version is answered with the current one."""
    place = f"/reminders/{made(api)['id']}"
    api.call("POST", f"{place}/snooze", {"for": "PT5M"})
    for method, path, body in (("POST", f"{place}/snooze", {"for": "PT5M"}), ("DELETE", place, None)):
        answer = api.call(method, path, body, if_match='"1"')
        assert (answer.status_code, answer.headers["ETag"]) == (412, '"2"')
    assert api.call("DELETE", place, if_match='"2"').status_code == 204


def test_a_reminder_that_is_not_there_is_not_found(api: FunctionUnderTest) -> None:
    """The problem says so."""
    answer = api.call("GET", f"/reminders/{uuid4()}")
    assert (answer.status_code, (answer.json or {})["detail"]) == (404, "there is no reminder with this id")


def test_a_read_again_that_changed_nothing_is_short(api: FunctionUnderTest) -> None:
    """If-None-Match with the version at hand is answered with 304."""
    assert api.call("GET", f"/reminders/{made(api)['id']}", if_none_match='"1"').status_code == 304


def test_what_is_late_says_so(api: FunctionUnderTest) -> None:
    """The list shows by how much a delivery missed its moment."""
    place = f"/reminders/{made(api)['id']}"
    late = NOON + 10 * MINUTE + timedelta(seconds=90)
    api.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = :at", at=late)
    assert (api.call("GET", place).json or {})["lateBy"] == "PT1M30S"
