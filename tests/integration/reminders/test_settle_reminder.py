"""Tests of the function `settle-reminder` over HTTP."""

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
from tests.integration.reminders.reminder_helpers import MINUTE, a_task_event, stored_reminders
from tests.samples import NOON, a_notification, an_event

HALF_PAST = NOON + 30 * MINUTE


@pytest.fixture
def settle(function: Load) -> FunctionUnderTest:
    """The function settle-reminder, with a reminder that is scheduled for 12:30."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    return function("settle-reminder")


def a_notification_event(settle: FunctionUnderTest, kind: type[NotificationEvent], **changes: Any) -> Event[EventData]:
    """Return an event of a notification of the scheduled reminder; ``changes`` replace the notification's fields."""
    (row,) = settle.database.rows("SELECT id FROM reminders.reminders")
    fields = {"id": uuid4(), "reminder_id": UUID(str(row["id"])), "remind_at": HALF_PAST, **changes}
    return an_event(kind(notification=a_notification(**fields)), by="send-notification")


def emitted_outcomes(settle: FunctionUnderTest) -> list[str]:
    """Return the types of the emitted events that end the reminder."""
    return [name for name in settle.emitted_types() if name in ("ReminderDelivered", "ReminderFailed")]


def test_the_first_delivery_settles_the_reminder(settle: FunctionUnderTest) -> None:
    """ReminderDelivered is emitted once, with ``late_by``, and its cause is the notification's event."""
    delivered = a_notification_event(
        settle, NotificationDelivered, delivered_at=HALF_PAST + timedelta(milliseconds=250), siblings=2
    )
    assert settle.deliver(delivered).status_code == 202
    settle.deliver(a_notification_event(settle, NotificationDelivered, delivered_at=HALF_PAST + MINUTE, siblings=2))
    assert emitted_outcomes(settle) == ["ReminderDelivered"]
    emitted = settle.emitted[-1]
    assert isinstance(emitted.data, ReminderDelivered)
    assert emitted.data.reminder.late_by == timedelta(milliseconds=250)
    assert emitted.attributes.causationid == delivered.attributes.id
    assert emitted.attributes.correlationid == "a-correlation-id"
    assert stored_reminders(settle) == [("delivered", "12:30")]


def test_a_reminder_fails_when_all_its_channels_fail(settle: FunctionUnderTest) -> None:
    """The first failure and its repeat emit no event; the failure of the second channel sets the reason."""
    first = a_notification_event(settle, NotificationFailed, siblings=2, reason="the mailbox is full")
    settle.deliver(first)
    settle.deliver(first)
    assert emitted_outcomes(settle) == []
    settle.deliver(
        a_notification_event(settle, NotificationFailed, siblings=2, channel="webhook", reason="it answered 410")
    )
    assert emitted_outcomes(settle) == ["ReminderFailed"]
    emitted = settle.emitted[-1].data
    assert isinstance(emitted, ReminderEvent)
    assert emitted.reminder.reason == "webhook: it answered 410"


def test_one_delivered_channel_outweighs_a_failed_one(settle: FunctionUnderTest) -> None:
    """The failure arrives before the delivery."""
    settle.deliver(a_notification_event(settle, NotificationFailed, siblings=2, reason="no"))
    settle.deliver(a_notification_event(settle, NotificationDelivered, siblings=2, delivered_at=HALF_PAST))
    assert emitted_outcomes(settle) == ["ReminderDelivered"]


def test_the_outcome_of_an_earlier_moment_is_ignored(settle: FunctionUnderTest) -> None:
    """A reminder that has moved waits for the firing of its new moment."""
    settle.deliver(a_notification_event(settle, NotificationDelivered, remind_at=NOON, delivered_at=NOON))
    assert stored_reminders(settle) == [("scheduled", "12:30")]


@pytest.mark.parametrize("changes", [{"reminder_id": None}, {"reminder_id": uuid4()}, {"user_id": "mallory"}])
def test_a_notification_of_no_known_reminder_is_accepted(settle: FunctionUnderTest, changes: dict[str, Any]) -> None:
    """A plain message, an unknown reminder and another user's notification change nothing."""
    assert settle.deliver(a_notification_event(settle, NotificationDelivered, **changes)).status_code == 202
    assert emitted_outcomes(settle) == []
