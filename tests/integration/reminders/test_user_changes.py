"""Snoozing and dismissing, through the HTTP function reminders."""

from typing import Any

import pytest

from events.reminder import ReminderDue
from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import (
    MINUTE,
    deliver,
    fire,
    firings,
    made,
    prefer,
    reminders_said,
    rows,
    task_event,
)
from tests.samples import NOON, a_task


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
    assert api.emitted_types() == ["ReminderScheduled", "ReminderSnoozed"]
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
        ({"for": "PT0S"}, "for: must lead to a moment in the future"),
        ({"until": "2026-03-02T11:00:00Z"}, "until: must lead to a moment in the future"),
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
    assert api.emitted_types().count("ReminderSnoozed") == 1


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
    schedule.deliver(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, title="Feed the cat", due_at=NOON + 300 * MINUTE)))
    assert firings(api) == ["12:45"]
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.title == "Feed the cat"


def test_a_snoozed_reminder_ends_with_its_task(api: FunctionUnderTest, function: Load) -> None:
    """What was put off is cancelled too, and cannot be put off again."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    function("cancel-reminders").deliver(task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert firings(api) == []
    answer = api.call("POST", f"/reminders/{item['id']}/snooze", {"for": "PT45M"})
    assert (answer.status_code, (answer.json or {})["detail"]) == (
        409,
        "the reminder was cancelled: the task was completed; schedule a new one",
    )


def test_a_delivered_reminder_of_a_completed_task_is_not_snoozed(api: FunctionUnderTest, function: Load) -> None:
    """A reminder of a completed task never fires."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    deliver(api)
    function("cancel-reminders").deliver(task_event(TaskCompleted, a_task(version=2, status="completed")))
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
    schedule.deliver(task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M")])))
    (item,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("DELETE", f"/reminders/{item['id']}")
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, title="Feed the cat")))
    assert firings(api) == []
    schedule.deliver(task_event(TaskUpdated, a_task(version=3, due_at=NOON + 300 * MINUTE)))
    assert firings(api) == ["16:30"]


def test_dismissing_what_was_delivered_changes_nothing(api: FunctionUnderTest, clock: Any) -> None:
    """What happened stays told."""
    place = f"/reminders/{made(api)['id']}"
    clock.forward(minutes=11)
    deliver(api)
    assert api.call("DELETE", place).status_code == 204
    assert rows(api) == [("delivered", "12:10")]


def test_what_was_dismissed_after_one_channel_is_not_told_by_another(api: FunctionUnderTest, function: Load) -> None:
    """It was shown in the app, while the webhook waits for its next try."""
    prefer(function, channels=[{"type": "inApp"}, {"type": "webhook", "url": "http://127.0.0.1:9/"}])
    place = f"/reminders/{made(api)['id']}"
    fire(function, api)
    assert rows(api) == [("delivered", "12:10")]
    for _ in range(2):
        assert api.call("DELETE", place).status_code == 204
    dismissed = api.emitted[-1]
    assert [name for name, _ in reminders_said(api)][-1] == "ReminderCancelled"
    assert function("withdraw-notifications").deliver(dismissed).status_code == 202
    (again,) = api.scheduled
    api.clock.forward(minutes=1)
    assert function("send-notification").deliver(again).status_code == 202
    found = api.database.rows("SELECT status FROM notifications.notifications ORDER BY status")
    assert [row["status"] for row in found] == ["delivered", "withdrawn"]
    assert rows(api) == [("delivered", "12:10")]


def test_a_change_of_another_version_is_refused(api: FunctionUnderTest) -> None:
    """If-Match with an old version is answered with the current one."""
    place = f"/reminders/{made(api)['id']}"
    api.call("POST", f"{place}/snooze", {"for": "PT5M"})
    for method, path, body in (("POST", f"{place}/snooze", {"for": "PT5M"}), ("DELETE", place, None)):
        answer = api.call(method, path, body, if_match='"1"')
        assert (answer.status_code, answer.headers["ETag"]) == (412, '"2"')
    assert api.call("DELETE", place, if_match='"2"').status_code == 204
