"""Tests of `maxLateness`: a reminder that would be later fails with the reason, and is not sent."""

from datetime import timedelta
from typing import Any

import pytest

from events.notification import NotificationRequested
from events.reminder import ReminderDue, ReminderFailed
from events.task import ReminderSpec, TaskCreated, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    TEA,
    a_task_event,
    create_reminder,
    fire_reminder,
    set_preferences,
)
from tests.samples import NOON, a_task

TEA_WITHIN_15_MINUTES = {**TEA, "maxLateness": "PT15M"}


DELIVERED = ["NotificationDelivered", "NotificationRequested", "NotificationSent", "ReminderDelivered"]
"""Sorted: several threads publish the events of one transaction."""


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=15)])
def test_a_late_reminder_fires_within_its_max_lateness(api: FunctionUnderTest, function: Load, late: timedelta) -> None:
    """The reminder is sent once."""
    assert create_reminder(api, TEA_WITHIN_15_MINUTES)["maxLateness"] == "PT15M"
    assert sorted(fire_reminder(function, api, late=late)) == DELIVERED


def test_a_reminder_later_than_its_max_lateness_fails_with_the_reason(api: FunctionUnderTest, function: Load) -> None:
    """No notification is requested, and the reminder shows the reason."""
    reminder = create_reminder(api, TEA_WITHIN_15_MINUTES)
    types = fire_reminder(function, api, late=timedelta(minutes=15, seconds=1))
    assert types == ["NotificationFailed", "ReminderFailed"]
    failed = [event.data for event in api.emitted if isinstance(event.data, ReminderFailed)]
    assert failed[0].reminder.reason == "too late: it could be sent until 2026-03-02T12:25:00+00:00"
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert (found["status"], found["reason"]) == ("failed", failed[0].reminder.reason)


def test_a_reminder_without_max_lateness_is_never_too_late(api: FunctionUnderTest, function: Load) -> None:
    """The reminder is delivered 400 days late."""
    create_reminder(api)
    assert sorted(fire_reminder(function, api, late=timedelta(days=400))) == DELIVERED


QUIET = {"timeZone": "UTC", "windows": [{"start": "12:00", "end": "20:00"}]}


def test_a_reminder_fails_if_quiet_hours_end_after_its_max_lateness(api: FunctionUnderTest, function: Load) -> None:
    """It fails when it falls due, not at the end of the quiet hours, and is never delivered."""
    set_preferences(function, quietHours=QUIET)
    reminder = create_reminder(api, TEA_WITHIN_15_MINUTES)
    fired = sorted(fire_reminder(function, api))
    assert fired == ["NotificationFailed", "NotificationRequested", "ReminderFailed"]
    assert api.scheduled == []
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert found["status"] == "failed"
    assert found["reason"] == (
        "inApp: too late: it could be sent until 2026-03-02T12:25:00+00:00,"
        " and quiet hours end at 2026-03-02T20:00:00+00:00"
    )


def test_a_reminder_is_deferred_if_quiet_hours_end_within_its_max_lateness(
    api: FunctionUnderTest, function: Load
) -> None:
    """The deferred NotificationRequested carries the limit as well."""
    set_preferences(function, quietHours=QUIET)
    create_reminder(api, {**TEA, "maxLateness": "PT8H"})
    assert fire_reminder(function, api) == ["NotificationRequested"]
    (deferred,) = api.scheduled
    assert isinstance(deferred.data, NotificationRequested)
    assert (deferred.attributes.time, deferred.data.until) == (NOON + 480 * MINUTE, NOON + 490 * MINUTE)


def test_max_lateness_counts_from_the_snoozed_moment(api: FunctionUnderTest, function: Load) -> None:
    """A reminder that was snoozed by an hour may be 15 minutes late after that."""
    reminder = create_reminder(api, TEA_WITHIN_15_MINUTES)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    assert sorted(fire_reminder(function, api, late=timedelta(minutes=14))) == DELIVERED


def waiting_until(function: FunctionUnderTest) -> Any:
    """Return the limit ``until`` of the one waiting ReminderDue."""
    (due,) = function.scheduled
    assert isinstance(due.data, ReminderDue)
    return due.data.until


def test_a_tasks_reminder_has_a_max_lateness(function: Load) -> None:
    """A day counts on the wall clock. Another maxLateness replaces the ReminderDue without a ReminderScheduled."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="PT30M", max_lateness="P1D")])))
    assert waiting_until(schedule) == NOON + timedelta(days=1, minutes=30)
    shorter = a_task(version=2, reminders=[ReminderSpec(before="PT30M", max_lateness="PT5M")])
    schedule.deliver(a_task_event(TaskUpdated, shorter))
    assert waiting_until(schedule) == NOON + 35 * MINUTE
    assert schedule.emitted_types() == ["ReminderScheduled"]


@pytest.mark.parametrize("wrong", ["PT0S", "P0D", "soon", "-PT5M"])
def test_an_invalid_max_lateness_is_rejected(api: FunctionUnderTest, wrong: str) -> None:
    """It must be a duration longer than zero; the problem names the field."""
    response = api.call("POST", "/reminders/schedule", {**TEA, "maxLateness": wrong})
    assert (response.status_code, (response.json or {})["errors"][0]["field"]) == (400, "maxLateness")
