"""Tests of reminders that a user has muted: they fail with the reason."""

from typing import Any

import pytest

from events.reminder import ReminderDue, ReminderFailed
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import create_reminder, fire_reminder, set_preferences
from tests.samples import an_event

MUTED = {"muted": ["reminder"]}


@pytest.mark.parametrize(
    ("preferences", "reason"),
    [(MUTED, "reminders are muted in the preferences"), ({"channels": []}, "the preferences name no channel")],
    ids=["muted", "no channel"],
)
def test_a_muted_reminder_fails_with_the_reason(
    api: FunctionUnderTest, function: Load, preferences: dict[str, Any], reason: str
) -> None:
    """It does not stay scheduled for ever, and no notification is sent."""
    set_preferences(function, **preferences)
    reminder = create_reminder(api)
    assert fire_reminder(function, api) == ["NotificationFailed", "ReminderFailed"]
    [failed] = [event.data for event in api.emitted if isinstance(event.data, ReminderFailed)]
    assert failed.reminder.reason == reason
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert (found["status"], found["reason"]) == ("failed", reason)


def test_a_failed_muted_reminder_can_be_snoozed(api: FunctionUnderTest, function: Load) -> None:
    """After the user unmutes reminders, the snoozed reminder fires at its new moment."""
    set_preferences(function, **MUTED)
    reminder = create_reminder(api)
    fire_reminder(function, api)
    set_preferences(function, muted=[])
    assert api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"}).status_code == 200
    assert fire_reminder(function, api)[-1] == "ReminderDelivered"


def test_a_muted_firing_does_not_fail_a_reminder_snoozed_in_the_meantime(
    api: FunctionUnderTest, function: Load
) -> None:
    """The failure names an earlier moment than the moment for which the reminder is scheduled now."""
    set_preferences(function, **MUTED)
    reminder = create_reminder(api)
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    notify, settle = function("notify-user"), function("settle-reminder")
    notify.deliver(an_event(due.data, id=due.attributes.id))
    for event in notify.emitted:
        if event.attributes.type == "todo.NotificationFailed":
            settle.deliver(event)
    assert (api.call("GET", f"/reminders/{reminder['id']}").json or {})["status"] == "scheduled"
