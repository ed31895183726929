"""A reminder that may be only so late: later it fails with the reason, and is not sent."""

from datetime import timedelta
from typing import Any

import pytest

from events.notification import NotificationRequested
from events.reminder import ReminderDue, ReminderFailed
from events.task import ReminderSpec, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import MINUTE, TEA, fire, made, prefer, task_event
from tests.samples import NOON, a_task

PATIENT = {**TEA, "maxLateness": "PT15M"}


DELIVERED = ["NotificationRequested", "NotificationSent", "NotificationDelivered", "ReminderDelivered"]


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=15)])
def test_a_late_reminder_fires_within_its_max_lateness(api: FunctionUnderTest, function: Load, late: timedelta) -> None:
    """It is sent, once."""
    assert made(api, PATIENT)["maxLateness"] == "PT15M"
    assert fire(function, api, late=late) == DELIVERED


def test_a_reminder_later_than_its_max_lateness_fails_with_the_reason(api: FunctionUnderTest, function: Load) -> None:
    """No notification is requested; the reminder says why."""
    reminder = made(api, PATIENT)
    said = fire(function, api, late=timedelta(minutes=15, seconds=1))
    assert said == ["NotificationFailed", "ReminderFailed"]
    failed = [event.data for event in api.emitted if isinstance(event.data, ReminderFailed)]
    assert failed[0].reminder.reason == "too late: it could be sent until 2026-03-02T12:25:00+00:00"
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert (found["status"], found["reason"]) == ("failed", failed[0].reminder.reason)


def test_a_reminder_without_max_lateness_is_never_too_late(api: FunctionUnderTest, function: Load) -> None:
    """However long the system was down."""
    made(api)
    assert fire(function, api, late=timedelta(days=400)) == DELIVERED


QUIET = {"timeZone": "UTC", "windows": [{"start": "12:00", "end": "20:00"}]}


def test_a_reminder_that_quiet_hours_would_make_later_than_its_max_lateness_fails(
    api: FunctionUnderTest, function: Load
) -> None:
    """Fifteen minutes are not eight hours: it fails when it falls due, not at their end, and is never delivered."""
    prefer(function, quietHours=QUIET)
    reminder = made(api, PATIENT)
    assert fire(function, api) == ["NotificationRequested", "NotificationFailed", "ReminderFailed"]
    assert api.scheduled == []
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert found["status"] == "failed"
    assert found["reason"] == (
        "inApp: too late: it could be sent until 2026-03-02T12:25:00+00:00,"
        " and quiet hours end at 2026-03-02T20:00:00+00:00"
    )


def test_a_reminder_whose_max_lateness_outlasts_the_quiet_hours_waits_for_their_end(
    api: FunctionUnderTest, function: Load
) -> None:
    """It is deferred as any other; the next attempt knows as well until when it may come."""
    prefer(function, quietHours=QUIET)
    made(api, {**TEA, "maxLateness": "PT8H"})
    assert fire(function, api) == ["NotificationRequested"]
    (deferred,) = api.scheduled
    assert isinstance(deferred.data, NotificationRequested)
    assert (deferred.attributes.time, deferred.data.until) == (NOON + 480 * MINUTE, NOON + 490 * MINUTE)


def test_a_snooze_begins_the_lateness_anew(api: FunctionUnderTest, function: Load) -> None:
    """What counts is the moment that it was put off to."""
    reminder = made(api, PATIENT)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    assert fire(function, api, late=timedelta(minutes=14)) == DELIVERED


def until(function: FunctionUnderTest) -> Any:
    """Return after which moment the one reminder that waits is too late."""
    (due,) = function.scheduled
    assert isinstance(due.data, ReminderDue)
    return due.data.until


def test_a_tasks_reminder_has_a_max_lateness(function: Load) -> None:
    """Days count on the wall clock, and another lateness changes what waits without planning it anew."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M", max_lateness="P1D")])))
    assert until(schedule) == NOON + timedelta(days=1, minutes=30)
    shorter = a_task(version=2, reminders=[ReminderSpec(before="PT30M", max_lateness="PT5M")])
    schedule.deliver(task_event(TaskUpdated, shorter))
    assert until(schedule) == NOON + 35 * MINUTE
    assert schedule.emitted_types() == ["ReminderScheduled"]


@pytest.mark.parametrize("wrong", ["PT0S", "P0D", "soon", "-PT5M"])
def test_a_max_lateness_is_a_duration_longer_than_nothing(api: FunctionUnderTest, wrong: str) -> None:
    """It is refused by name."""
    answer = api.call("POST", "/reminders/schedule", {**TEA, "maxLateness": wrong})
    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "maxLateness")
