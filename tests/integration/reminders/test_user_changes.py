"""Tests of snoozing and dismissing through the HTTP function `reminders`."""

from typing import Any

import pytest

from events.reminder import ReminderDue
from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    a_task_event,
    create_reminder,
    emitted_reminder_events,
    fire_reminder,
    mark_all_delivered,
    set_preferences,
    stored_reminders,
    waiting_firings,
)
from tests.samples import NOON, a_task


@pytest.mark.parametrize(
    ("snooze", "moment"),
    [
        ({"for": "PT20M"}, "2026-03-02T12:20:00Z"),
        ({"for": "P1D"}, "2026-03-03T12:00:00Z"),
        ({"until": "2026-03-02T15:00:00+01:00"}, "2026-03-02T14:00:00Z"),
        ({"until": "2026-03-02T15:00", "timeZone": "Europe/Berlin"}, "2026-03-02T14:00:00Z"),
    ],
)
def test_a_snooze_moves_a_reminder(api: FunctionUnderTest, snooze: dict[str, str], moment: str) -> None:
    """The old ReminderDue is withdrawn, the new one waits, and ReminderSnoozed is emitted."""
    path = f"/reminders/{create_reminder(api)['id']}"
    response = api.call("POST", f"{path}/snooze", snooze)
    reminder = response.json or {}
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert (reminder["remindAt"], reminder["snoozed"], reminder["status"]) == (moment, True, "scheduled")
    assert api.emitted_types() == ["ReminderScheduled", "ReminderSnoozed"]
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.model_dump(mode="json", by_alias=True) == reminder


def test_a_snooze_of_a_day_is_a_calendar_day(api: FunctionUnderTest, clock: Any) -> None:
    """Across a clock change, the moment is the same wall-clock time tomorrow in the reminder's zone."""
    clock.forward(days=26)  # Saturday noon UTC, 13:00 in Berlin; it is summer there tomorrow
    body = {"title": "Tea", "at": "2026-03-28T13:10", "timeZone": "Europe/Berlin"}
    response = api.call("POST", f"/reminders/{create_reminder(api, body)['id']}/snooze", {"for": "P1D"})
    assert (response.json or {})["remindAt"] == "2026-03-29T11:00:00Z"


@pytest.mark.parametrize(
    ("snooze", "detail"),
    [
        ({}, "either for or until"),
        ({"for": "PT5M", "until": "2026-03-02T14:00:00Z"}, "either for or until"),
        ({"for": "PT0S"}, "for: must lead to a moment in the future"),
        ({"until": "2026-03-02T11:00:00Z"}, "until: must lead to a moment in the future"),
        ({"until": "2026-03-02T15:00"}, "until: needs an offset"),
        ({"for": "soon"}, "for: must be an ISO 8601 duration"),
    ],
)
def test_an_invalid_snooze_is_rejected(api: FunctionUnderTest, snooze: dict[str, str], detail: str) -> None:
    """The moment must be in the future. The problem names the member, and the reminder does not move."""
    response = api.call("POST", f"/reminders/{create_reminder(api)['id']}/snooze", snooze)
    assert response.status_code == 400
    assert detail in (response.json or {})["detail"]
    assert waiting_firings(api) == ["12:10"]


def test_a_repeated_snooze_request_moves_the_reminder_once(api: FunctionUnderTest, clock: Any) -> None:
    """A repeat with the same key has the same response, even if the state store lost the key and time has passed."""
    path = f"/reminders/{create_reminder(api)['id']}/snooze"
    first = api.call("POST", path, {"for": "PT20M"}, idempotency_key="k")
    api.database.run("DELETE FROM state.entries")
    clock.forward(minutes=1)
    repeated = api.call("POST", path, {"for": "PT20M"}, idempotency_key="k")
    assert (repeated.status_code, repeated.json) == (200, first.json)
    assert api.emitted_types().count("ReminderSnoozed") == 1


def test_a_delivered_reminder_can_be_snoozed(api: FunctionUnderTest, clock: Any) -> None:
    """It fires again, and no longer shows the earlier delivery."""
    path = f"/reminders/{create_reminder(api)['id']}"
    clock.forward(minutes=11)
    mark_all_delivered(api)
    assert (api.call("GET", path).json or {})["lateBy"] == "PT0S"
    reminder = api.call("POST", f"{path}/snooze", {"for": "PT5M"}).json or {}
    assert (reminder["status"], reminder["deliveredAt"], reminder["lateBy"]) == ("scheduled", None, None)
    assert waiting_firings(api) == ["12:16"]


def test_a_snoozed_reminder_does_not_move_with_its_task(api: FunctionUnderTest, function: Load) -> None:
    """The snooze has precedence over the new due date, and the firing has the new title."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, title="Feed the cat", due_at=NOON + 300 * MINUTE)))
    assert waiting_firings(api) == ["12:45"]
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.title == "Feed the cat"


def test_a_snoozed_reminder_is_cancelled_with_its_task(api: FunctionUnderTest, function: Load) -> None:
    """A cancelled reminder cannot be snoozed."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    function("cancel-reminders").deliver(a_task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert waiting_firings(api) == []
    response = api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    assert (response.status_code, (response.json or {})["detail"]) == (
        409,
        "the reminder was cancelled: the task was completed; schedule a new one",
    )


def test_a_delivered_reminder_of_a_completed_task_cannot_be_snoozed(api: FunctionUnderTest, function: Load) -> None:
    """A reminder of a completed task never fires."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    mark_all_delivered(api)
    function("cancel-reminders").deliver(a_task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"}).status_code == 409
    assert waiting_firings(api) == []


def test_a_dismissed_reminder_does_not_fire(api: FunctionUnderTest) -> None:
    """Dismissing it twice emits one ReminderCancelled, and the reminder can still be read."""
    path = f"/reminders/{create_reminder(api)['id']}"
    assert [api.call("DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert emitted_reminder_events(api) == [("ReminderScheduled", "12:10"), ("ReminderCancelled", "12:10")]
    assert waiting_firings(api) == []
    assert (api.call("GET", path).json or {})["reason"] == "it was dismissed"


def test_a_dismissed_reminder_is_scheduled_again_only_by_a_later_due_date(
    api: FunctionUnderTest, function: Load
) -> None:
    """A new title does not schedule it again."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M")])))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("DELETE", f"/reminders/{item['id']}")
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, title="Feed the cat")))
    assert waiting_firings(api) == []
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=3, due_at=NOON + 300 * MINUTE)))
    assert waiting_firings(api) == ["16:30"]


def test_dismissing_a_delivered_reminder_changes_no_outcome(api: FunctionUnderTest, clock: Any) -> None:
    """The reminder stays delivered."""
    path = f"/reminders/{create_reminder(api)['id']}"
    clock.forward(minutes=11)
    mark_all_delivered(api)
    assert api.call("DELETE", path).status_code == 204
    assert stored_reminders(api) == [("delivered", "12:10")]


def test_dismissing_a_delivered_reminder_withdraws_its_other_channels(api: FunctionUnderTest, function: Load) -> None:
    """The app has shown the reminder, and the webhook waits for its next attempt."""
    set_preferences(function, channels=[{"type": "inApp"}, {"type": "webhook", "url": "http://127.0.0.1:9/"}])
    path = f"/reminders/{create_reminder(api)['id']}"
    fire_reminder(function, api)
    assert stored_reminders(api) == [("delivered", "12:10")]
    for _ in range(2):
        assert api.call("DELETE", path).status_code == 204
    dismissed = api.emitted[-1]
    assert [name for name, _ in emitted_reminder_events(api)][-1] == "ReminderCancelled"
    assert function("withdraw-notifications").deliver(dismissed).status_code == 202
    (retry,) = api.scheduled
    api.clock.forward(minutes=1)
    assert function("send-notification").deliver(retry).status_code == 202
    found = api.database.rows("SELECT status FROM notifications.notifications ORDER BY status")
    assert [row["status"] for row in found] == ["delivered", "withdrawn"]
    assert stored_reminders(api) == [("delivered", "12:10")]


def test_a_change_of_another_version_is_rejected(api: FunctionUnderTest) -> None:
    """If-Match with an old version returns 412 with the current ETag."""
    path = f"/reminders/{create_reminder(api)['id']}"
    api.call("POST", f"{path}/snooze", {"for": "PT5M"})
    for method, target, body in (("POST", f"{path}/snooze", {"for": "PT5M"}), ("DELETE", path, None)):
        response = api.call(method, target, body, if_match='"1"')
        assert (response.status_code, response.headers["ETag"]) == (412, '"2"')
    assert api.call("DELETE", path, if_match='"2"').status_code == 204
