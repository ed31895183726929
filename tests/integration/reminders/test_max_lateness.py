"""A reminder that may be only so late: later it fails with the reason, and is not sent."""

from datetime import timedelta
from typing import Any

import pytest

from events.reminder import ReminderDue, ReminderFailed
from events.task import ReminderSpec, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.integration.reminders.stories import MINUTE, TEA, made, task_event
from tests.samples import NOON, a_task

PATIENT = {**TEA, "maxLateness": "PT15M"}


def fire(function: Load, api: FunctionUnderTest, clock: ManualClock, *, late: timedelta) -> list[str]:
    """Let the reminder that waits fire so late, and return what notify-user and settle-reminder say of it."""
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    clock.now = due.data.reminder.remind_at + late
    before = len(api.broker.events)
    notify, settle = function("notify-user"), function("settle-reminder")
    notify.hear(due)
    notify.hear(due)
    for event in notify.said[before:]:
        if event.attributes.type == "todo.NotificationFailed":
            settle.hear(event)
    return [event.attributes.type.removeprefix("todo.") for event in settle.said[before:]]


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=15)])
def test_a_late_reminder_fires_within_its_max_lateness(
    api: FunctionUnderTest, function: Load, clock: ManualClock, late: timedelta
) -> None:
    """It is sent, once."""
    assert made(api, PATIENT)["maxLateness"] == "PT15M"
    assert fire(function, api, clock, late=late) == ["NotificationRequested"]


def test_a_reminder_later_than_its_max_lateness_fails_with_the_reason(
    api: FunctionUnderTest, function: Load, clock: ManualClock
) -> None:
    """No notification is requested; the reminder says why."""
    reminder = made(api, PATIENT)
    said = fire(function, api, clock, late=timedelta(minutes=15, seconds=1))
    assert said == ["NotificationFailed", "ReminderFailed"]
    failed = [event.data for event in api.said if isinstance(event.data, ReminderFailed)]
    assert failed[0].reminder.reason == "too late: it could be sent until 2026-03-02T12:25:00+00:00"
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert (found["status"], found["reason"]) == ("failed", failed[0].reminder.reason)


def test_a_reminder_without_max_lateness_is_never_too_late(
    api: FunctionUnderTest, function: Load, clock: ManualClock
) -> None:
    """However long the system was down."""
    made(api)
    assert fire(function, api, clock, late=timedelta(days=400)) == ["NotificationRequested"]


def test_a_snooze_begins_the_lateness_anew(api: FunctionUnderTest, function: Load, clock: ManualClock) -> None:
    """What counts is the moment that it was put off to."""
    reminder = made(api, PATIENT)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    assert fire(function, api, clock, late=timedelta(minutes=14)) == ["NotificationRequested"]


def until(function: FunctionUnderTest) -> Any:
    """Return after which moment the one reminder that waits is too late."""
    (due,) = function.scheduled
    assert isinstance(due.data, ReminderDue)
    return due.data.until


def test_a_tasks_reminder_has_a_max_lateness(function: Load) -> None:
    """Days count on the wall clock, and another lateness changes what waits without planning it anew."""
    schedule = function("schedule-reminders")
    schedule.hear(task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M", max_lateness="P1D")])))
    assert until(schedule) == NOON + timedelta(days=1, minutes=30)
    shorter = a_task(version=2, reminders=[ReminderSpec(before="PT30M", max_lateness="PT5M")])
    schedule.hear(task_event(TaskUpdated, shorter))
    assert until(schedule) == NOON + 35 * MINUTE
    assert schedule.said_types() == ["ReminderScheduled"]


@pytest.mark.parametrize("wrong", ["PT0S", "P0D", "soon", "-PT5M"])
def test_a_max_lateness_is_a_duration_longer_than_nothing(api: FunctionUnderTest, wrong: str) -> None:
    """It is refused by name."""
    answer = api.call("POST", "/reminders/schedule", {**TEA, "maxLateness": wrong})
    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "maxLateness")
