"""Tests of the HTTP function `reminders`: reminders without a task, and the list."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    TEA,
    a_task_event,
    create_reminder,
    emitted_reminder_events,
    stored_reminders,
    waiting_firings,
)
from tests.samples import NOON, TASK_ID


def list_titles(api: FunctionUnderTest, query: str = "") -> list[str]:
    """Return the titles of the listed reminders; ``query`` begins with a question mark."""
    response = api.call("GET", f"/reminders{query}")
    assert response.status_code == 200, response.text
    return [item["title"] for item in (response.json or {})["items"]]


def test_a_reminder_without_a_task_is_scheduled(api: FunctionUnderTest) -> None:
    """The response has Location and ETag, ReminderScheduled is emitted, and ReminderDue waits for the moment."""
    response = api.call("POST", "/reminders/schedule", TEA)
    reminder = response.json or {}
    assert (response.status_code, reminder["status"], reminder["remindAt"]) == (
        201,
        "scheduled",
        "2026-03-02T12:10:00Z",
    )
    assert (response.headers["Location"], response.headers["ETag"]) == (f"/reminders/{reminder['id']}", '"1"')
    assert emitted_reminder_events(api) == [("ReminderScheduled", "12:10")]
    assert waiting_firings(api) == ["12:10"]
    assert api.call("GET", response.headers["Location"]).json == reminder


def test_a_wall_clock_time_needs_a_time_zone(api: FunctionUnderTest) -> None:
    """A time without an offset is read in ``timeZone``; without both, the request is rejected."""
    berlin = {"title": "Tea", "at": "2026-03-02T14:10", "timeZone": "Europe/Berlin"}
    assert create_reminder(api, berlin)["remindAt"] == "2026-03-02T13:10:00Z"
    response = api.call("POST", "/reminders/schedule", {"title": "Tea", "at": "2026-03-02T14:10"})
    assert (response.status_code, (response.json or {})["errors"][0]["field"]) == (400, "at")


@pytest.mark.parametrize(
    ("at", "moment"),
    [("2026-03-29T02:30", "2026-03-29T01:30:00Z"), ("2026-10-25T02:30", "2026-10-25T00:30:00Z")],
    ids=["gap", "fold"],
)
def test_a_skipped_time_moves_forward_and_a_repeated_time_is_the_first(
    api: FunctionUnderTest, at: str, moment: str
) -> None:
    """The rule is the same for scheduling and for snoozing."""
    reminder = create_reminder(api, {"title": "Tea", "at": at, "timeZone": "Europe/Berlin"})
    snooze = {"until": at, "timeZone": "Europe/Berlin"}
    snoozed = api.call("POST", f"/reminders/{create_reminder(api)['id']}/snooze", snooze).json or {}
    assert (reminder["remindAt"], snoozed["remindAt"]) == (moment, moment)


@pytest.mark.parametrize(
    ("body", "detail"),
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
def test_an_invalid_reminder_is_rejected(api: FunctionUnderTest, body: dict[str, Any], detail: str) -> None:
    """The problem names the wrong member, and no reminder is stored."""
    response = api.call("POST", "/reminders/schedule", body)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert detail in (response.json or {})["detail"]
    assert stored_reminders(api) == []


def test_a_reminder_for_a_past_moment_fires_at_once(api: FunctionUnderTest) -> None:
    """The request is accepted, and ReminderDue is published at once."""
    create_reminder(api, {"title": "Tea", "at": "2026-03-02T11:59:00Z"})
    assert sorted(api.emitted_types()) == ["ReminderDue", "ReminderScheduled"]


@pytest.mark.parametrize("state_lost", [False, True])
def test_the_same_idempotency_key_creates_one_reminder(api: FunctionUnderTest, *, state_lost: bool) -> None:
    """A repeat has the same response, even if the state store lost the key; another body is rejected."""
    first = create_reminder(api, idempotency_key="k")
    if state_lost:
        api.database.run("DELETE FROM state.entries")
    assert create_reminder(api, idempotency_key="k") == first
    if state_lost:
        api.database.run("DELETE FROM state.entries")
    assert api.call("POST", "/reminders/schedule", {**TEA, "title": "No"}, idempotency_key="k").status_code == 422
    assert emitted_reminder_events(api) == [("ReminderScheduled", "12:10")]


def test_a_user_sees_only_their_own_reminders(api: FunctionUnderTest) -> None:
    """Reading, snoozing and dismissing another user's reminder returns 404."""
    path = f"/reminders/{create_reminder(api)['id']}"
    for method, target, body in (
        ("GET", path, None),
        ("POST", f"{path}/snooze", {"for": "PT5M"}),
        ("DELETE", path, None),
    ):
        assert api.call(method, target, body, user="mallory").status_code == 404
    assert (api.call("GET", "/reminders", user="mallory").json or {})["items"] == []
    assert stored_reminders(api) == [("scheduled", "12:10")]


def test_the_list_is_paged_soonest_first(api: FunctionUnderTest) -> None:
    """Each page continues the page before, also between reminders of the same moment."""
    for number, minute in enumerate((20, 10, 20, 30, 20)):
        create_reminder(api, {"title": str(number), "at": f"2026-03-02T12:{minute}:00Z"})
    titles, cursor = [], ""
    while True:
        page = api.call("GET", f"/reminders?limit=2{cursor}").json or {}
        titles += [item["title"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert (titles[0], titles[-1], sorted(titles)) == ("1", "3", ["0", "1", "2", "3", "4"])


def test_the_list_is_filtered(api: FunctionUnderTest, function: Load) -> None:
    """Filters by status, task, moment and due date combine; an unknown filter is rejected with its name."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    create_reminder(api)
    dismissed = create_reminder(api, {"title": "Gone", "at": "2026-03-02T12:20:00Z"})
    api.call("DELETE", f"/reminders/{dismissed['id']}")
    assert list_titles(api) == ["Tea", "Gone", "Water the plants"]
    assert list_titles(api, "?status=cancelled") == ["Gone"]
    assert list_titles(api, f"?taskId={TASK_ID}") == ["Water the plants"]
    assert list_titles(api, "?remindAfter=2026-03-02T12:20:00Z&status=scheduled") == ["Water the plants"]
    assert list_titles(api, "?remindBefore=2026-03-02T12:20:00Z") == ["Tea"]
    assert list_titles(api, "?dueAfter=2026-03-02T13:00:00Z") == ["Water the plants"]
    assert list_titles(api, "?dueBefore=2026-03-02T13:00:00Z") == []
    rejected = api.call("GET", "/reminders?user=alice")
    assert (rejected.status_code, (rejected.json or {})["errors"][0]["field"]) == (400, "user")
    assert api.call("GET", "/reminders?cursor=abc").status_code == 400


def test_an_unknown_reminder_is_not_found(api: FunctionUnderTest) -> None:
    """The response is 404 with a problem."""
    response = api.call("GET", f"/reminders/{uuid4()}")
    assert (response.status_code, (response.json or {})["detail"]) == (404, "there is no reminder with this id")


def test_reading_an_unchanged_reminder_returns_304(api: FunctionUnderTest) -> None:
    """If-None-Match holds the current version."""
    assert api.call("GET", f"/reminders/{create_reminder(api)['id']}", if_none_match='"1"').status_code == 304


def test_a_late_delivery_shows_how_late_it_was(api: FunctionUnderTest) -> None:
    """``lateBy`` is the time from the moment to the delivery."""
    path = f"/reminders/{create_reminder(api)['id']}"
    late = NOON + 10 * MINUTE + timedelta(seconds=90)
    api.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = :at", at=late)
    assert (api.call("GET", path).json or {})["lateBy"] == "PT1M30S"
