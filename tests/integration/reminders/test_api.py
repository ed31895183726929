"""The HTTP function reminders: reminders by themselves, and the list."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import MINUTE, TEA, firings, made, reminders_said, rows, task_event
from tests.samples import NOON, TASK_ID


def listed(api: FunctionUnderTest, query: str = "") -> list[str]:
    """Return the titles of the reminders that a query lists."""
    answer = api.call("GET", f"/reminders{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in (answer.json or {})["items"]]


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
    ("at", "moment"),
    [("2026-03-29T02:30", "2026-03-29T01:30:00Z"), ("2026-10-25T02:30", "2026-10-25T00:30:00Z")],
    ids=["gap", "fold"],
)
def test_a_time_in_a_gap_moves_forward_and_one_in_a_fold_is_the_first(
    api: FunctionUnderTest, at: str, moment: str
) -> None:
    """Scheduled for it, or put off to it."""
    reminder = made(api, {"title": "Tea", "at": at, "timeZone": "Europe/Berlin"})
    snooze = {"until": at, "timeZone": "Europe/Berlin"}
    put_off = api.call("POST", f"/reminders/{made(api)['id']}/snooze", snooze).json or {}
    assert (reminder["remindAt"], put_off["remindAt"]) == (moment, moment)


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
    assert sorted(api.emitted_types()) == ["ReminderDue", "ReminderScheduled"]


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
    function("schedule-reminders").deliver(task_event(TaskCreated))
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
