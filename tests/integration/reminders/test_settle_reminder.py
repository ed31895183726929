"""The function settle-reminder, through its HTTP face."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.data import EventData
from events.event import Event
from events.notification import NotificationDelivered, NotificationEvent, NotificationFailed
from events.reminder import ReminderDelivered, ReminderEvent
from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import MINUTE, rows, task_event
from tests.samples import NOON, a_notification, an_event

HALF_PAST = NOON + 30 * MINUTE


@pytest.fixture
def settle(function: Load) -> FunctionUnderTest:
    """The function, with a reminder for half past twelve planned."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    return function("settle-reminder")


def outcome(settle: FunctionUnderTest, kind: type[NotificationEvent], **changes: Any) -> Event[EventData]:
    """Return the end of one notification of the planned reminder."""
    (row,) = settle.database.rows("SELECT id FROM reminders.reminders")
    fields = {"id": uuid4(), "reminder_id": UUID(str(row["id"])), "remind_at": HALF_PAST, **changes}
    return an_event(kind(notification=a_notification(**fields)), by="send-notification")


def ends(settle: FunctionUnderTest) -> list[str]:
    """Return how the reminder was said to have ended."""
    return [name for name in settle.emitted_types() if name in ("ReminderDelivered", "ReminderFailed")]


def test_the_first_delivery_settles_the_reminder(settle: FunctionUnderTest) -> None:
    """It is delivered once, says how late, and follows from the notification."""
    delivered = outcome(settle, NotificationDelivered, delivered_at=HALF_PAST + timedelta(milliseconds=250), siblings=2)
    assert settle.deliver(delivered).status_code == 202
    settle.deliver(outcome(settle, NotificationDelivered, delivered_at=HALF_PAST + MINUTE, siblings=2))
    assert ends(settle) == ["ReminderDelivered"]
    said = settle.emitted[-1]
    assert isinstance(said.data, ReminderDelivered)
    assert said.data.reminder.late_by == timedelta(milliseconds=250)
    assert said.attributes.causationid == delivered.attributes.id
    assert said.attributes.correlationid == "a-correlation-id"
    assert rows(settle) == [("delivered", "12:30")]


def test_a_reminder_fails_when_all_its_channels_have(settle: FunctionUnderTest) -> None:
    """The first of two failures says nothing, a repeat of it neither; the second gives the reason."""
    first = outcome(settle, NotificationFailed, siblings=2, reason="the mailbox is full")
    settle.deliver(first)
    settle.deliver(first)
    assert ends(settle) == []
    settle.deliver(outcome(settle, NotificationFailed, siblings=2, channel="webhook", reason="it answered 410"))
    assert ends(settle) == ["ReminderFailed"]
    said = settle.emitted[-1].data
    assert isinstance(said, ReminderEvent)
    assert said.reminder.reason == "webhook: it answered 410"


def test_one_failed_channel_does_not_hide_another_that_delivers(settle: FunctionUnderTest) -> None:
    """Delivered wins, whichever comes first."""
    settle.deliver(outcome(settle, NotificationFailed, siblings=2, reason="no"))
    settle.deliver(outcome(settle, NotificationDelivered, siblings=2, delivered_at=HALF_PAST))
    assert ends(settle) == ["ReminderDelivered"]


def test_an_earlier_firings_outcome_is_not_this_ones(settle: FunctionUnderTest) -> None:
    """A reminder that moved on waits for the firing of its new moment."""
    settle.deliver(outcome(settle, NotificationDelivered, remind_at=NOON, delivered_at=NOON))
    assert rows(settle) == [("scheduled", "12:30")]


@pytest.mark.parametrize("changes", [{"reminder_id": None}, {"reminder_id": uuid4()}, {"user_id": "mallory"}])
def test_what_concerns_no_reminder_of_ours_is_accepted(settle: FunctionUnderTest, changes: dict[str, Any]) -> None:
    """A plain message, an unknown reminder and another user's notification change nothing."""
    assert settle.deliver(outcome(settle, NotificationDelivered, **changes)).status_code == 202
    assert ends(settle) == []
