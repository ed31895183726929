"""A reminder whose user wants to be told of none: it ends, and says why."""

from typing import Any

import pytest

from events.reminder import ReminderDue, ReminderFailed
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import fire, made, prefer
from tests.samples import an_event

MUTED = {"muted": ["reminder"]}


@pytest.mark.parametrize(
    ("preferred", "reason"),
    [(MUTED, "reminders are muted in the preferences"), ({"channels": []}, "the preferences name no channel")],
    ids=["muted", "no channel"],
)
def test_a_reminder_that_is_not_to_be_told_fails_with_the_reason(
    api: FunctionUnderTest, function: Load, preferred: dict[str, Any], reason: str
) -> None:
    """It does not stay scheduled for ever; nothing is sent."""
    prefer(function, **preferred)
    reminder = made(api)
    assert fire(function, api) == ["NotificationFailed", "ReminderFailed"]
    [failed] = [event.data for event in api.emitted if isinstance(event.data, ReminderFailed)]
    assert failed.reminder.reason == reason
    found = api.call("GET", f"/reminders/{reminder['id']}").json or {}
    assert (found["status"], found["reason"]) == ("failed", reason)


def test_a_muted_reminder_may_be_snoozed_once_it_is_wanted_again(api: FunctionUnderTest, function: Load) -> None:
    """A failure is not the end of a reminder: put off, it fires at its new moment."""
    prefer(function, **MUTED)
    reminder = made(api)
    fire(function, api)
    prefer(function, muted=[])
    assert api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"}).status_code == 200
    assert fire(function, api)[-1] == "ReminderDelivered"


def test_what_was_muted_of_a_reminder_that_was_put_off_meanwhile_settles_nothing(
    api: FunctionUnderTest, function: Load
) -> None:
    """The failure names the moment that it was for; the reminder waits for another by now."""
    prefer(function, **MUTED)
    reminder = made(api)
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    notify, settle = function("notify-user"), function("settle-reminder")
    notify.deliver(an_event(due.data, id=due.attributes.id))
    for event in notify.emitted:
        if event.attributes.type == "todo.NotificationFailed":
            settle.deliver(event)
    assert (api.call("GET", f"/reminders/{reminder['id']}").json or {})["status"] == "scheduled"
