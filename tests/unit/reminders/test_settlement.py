"""What a notification's end means for its reminder."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.notification import Notification
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.settlement import settle_delivery, settle_failure
from tests.samples import NOON, a_notification, a_reminder

SECOND = timedelta(seconds=1)


def a_record(**changes: Any) -> ReminderRecord:
    """Return a record of a reminder for noon."""
    return ReminderRecord(a_reminder(**changes), planned_at=NOON)


def the_notification(**changes: Any) -> Notification:
    """Return a notification of that reminder, delivered a second late."""
    return a_notification(**{"remind_at": NOON, "delivered_at": NOON + SECOND, **changes})


def test_a_delivery_says_how_late_it_was() -> None:
    """The lateness is what lies between the moment asked for and the channel's confirmation."""
    settled = settle_delivery(a_record(), the_notification(), now=NOON + 9 * SECOND)
    assert settled is not None
    assert (settled.reminder.status, settled.reminder.late_by, settled.reminder.version) == ("delivered", SECOND, 2)


@pytest.mark.parametrize(
    ("times", "delivered_at"),
    [
        ({"delivered_at": None, "sent_at": NOON + 2 * SECOND}, NOON + 2 * SECOND),
        ({"delivered_at": None}, NOON + 9 * SECOND),
        ({"delivered_at": NOON - SECOND}, NOON),
    ],
)
def test_a_delivery_has_a_moment_and_is_never_early(times: dict[str, Any], delivered_at: datetime) -> None:
    """What the notification does not say is taken from when it was heard of; a slow clock makes nothing early."""
    settled = settle_delivery(a_record(), the_notification(**times), now=NOON + 9 * SECOND)
    assert settled is not None
    assert settled.reminder.delivered_at == delivered_at


def test_a_second_channels_delivery_changes_nothing() -> None:
    """A reminder is delivered once."""
    assert settle_delivery(a_record(status="delivered"), the_notification(), now=NOON) is None


def test_the_outcome_of_an_earlier_firing_changes_nothing() -> None:
    """A reminder that was snoozed while its firing was on its way waits for the next one."""
    snoozed = a_record(remind_at=NOON + timedelta(minutes=10), snoozed=True)
    assert settle_delivery(snoozed, the_notification(), now=NOON) is None
    assert settle_failure(snoozed, the_notification()) is None


def test_what_was_cancelled_on_its_way_is_delivered_all_the_same() -> None:
    """The record says what happened, and no longer why it should not have."""
    settled = settle_delivery(
        a_record(status="cancelled", reason="the task was completed"), the_notification(), now=NOON
    )
    assert settled is not None
    assert (settled.reminder.status, settled.reminder.reason) == ("delivered", None)


def test_a_reminder_fails_with_its_last_channel() -> None:
    """One of two channels is not the end; the second is, and gives the reason."""
    first = settle_failure(a_record(), the_notification(siblings=2))
    assert first is not None
    assert first.reminder.status == "scheduled"
    last = settle_failure(first, the_notification(id=uuid4(), siblings=2, channel="webhook", reason="gone"))
    assert last is not None
    assert (last.reminder.status, last.reminder.reason) == ("failed", "webhook: gone")


def test_the_same_channels_failure_counts_once() -> None:
    """A failure that is said twice is one of two channels still."""
    once = settle_failure(a_record(), the_notification(siblings=2))
    assert once is not None
    assert settle_failure(once, the_notification(siblings=2)) is None


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_a_failure_after_the_end_changes_nothing(status: str) -> None:
    """What is over is not over again."""
    assert settle_failure(a_record(status=status), the_notification()) is None


def test_a_channel_that_delivers_after_all_were_given_up_still_delivers() -> None:
    """A fallback may come through after the reminder was said to have failed."""
    failed = ReminderRecord(a_reminder(status="failed", reason="…"), NOON, (str(UUID(int=1)),))
    settled = settle_delivery(failed, the_notification(), now=NOON)
    assert settled is not None
    assert settled.reminder.status == "delivered"
