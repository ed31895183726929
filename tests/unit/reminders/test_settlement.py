"""Tests of the reminder's outcome after a notification was delivered or failed."""

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
    """Return the record of a reminder for noon."""
    return ReminderRecord(a_reminder(**changes), planned_at=NOON)


def the_notification(**changes: Any) -> Notification:
    """Return a notification of the reminder, delivered one second late."""
    return a_notification(**{"remind_at": NOON, "delivered_at": NOON + SECOND, **changes})


def test_a_delivered_reminder_reports_how_late_it_was() -> None:
    """``late_by`` is the time from the requested moment to the channel's confirmation."""
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
def test_the_delivery_time_has_a_fallback_and_is_never_early(times: dict[str, Any], delivered_at: datetime) -> None:
    """The fallbacks are ``sent_at`` and the current time. A slow clock of a channel makes no delivery early."""
    settled = settle_delivery(a_record(), the_notification(**times), now=NOON + 9 * SECOND)
    assert settled is not None
    assert settled.reminder.delivered_at == delivered_at


def test_the_delivery_of_a_second_channel_is_ignored() -> None:
    """A reminder is delivered once."""
    assert settle_delivery(a_record(status="delivered"), the_notification(), now=NOON) is None


def test_the_outcome_of_an_earlier_firing_is_ignored() -> None:
    """A reminder that was snoozed while its notification was being sent waits for its next firing."""
    snoozed = a_record(remind_at=NOON + timedelta(minutes=10), snoozed=True)
    assert settle_delivery(snoozed, the_notification(), now=NOON) is None
    assert settle_failure(snoozed, the_notification()) is None


def test_a_reminder_cancelled_while_being_sent_can_still_be_delivered() -> None:
    """The reminder is delivered, and the reason of the cancellation is removed."""
    settled = settle_delivery(
        a_record(status="cancelled", reason="the task was completed"), the_notification(), now=NOON
    )
    assert settled is not None
    assert (settled.reminder.status, settled.reminder.reason) == ("delivered", None)


def test_a_reminder_fails_when_its_last_channel_fails() -> None:
    """The first of two failures leaves the reminder scheduled. The second sets the reason."""
    first = settle_failure(a_record(), the_notification(siblings=2))
    assert first is not None
    assert first.reminder.status == "scheduled"
    last = settle_failure(first, the_notification(id=uuid4(), siblings=2, channel="webhook", reason="gone"))
    assert last is not None
    assert (last.reminder.status, last.reminder.reason) == ("failed", "webhook: gone")


def test_a_repeated_failure_of_one_channel_counts_once() -> None:
    """After a repeat, one of the two channels is still open."""
    once = settle_failure(a_record(), the_notification(siblings=2))
    assert once is not None
    assert settle_failure(once, the_notification(siblings=2)) is None


@pytest.mark.parametrize("status", ["delivered", "failed", "cancelled"])
def test_a_failure_of_an_ended_reminder_is_ignored(status: str) -> None:
    """A delivered, failed or cancelled reminder does not fail later."""
    assert settle_failure(a_record(status=status), the_notification()) is None


def test_a_failed_reminder_can_still_be_delivered() -> None:
    """A fallback channel may deliver after the reminder has failed."""
    failed = ReminderRecord(a_reminder(status="failed", reason="…"), NOON, (str(UUID(int=1)),))
    settled = settle_delivery(failed, the_notification(), now=NOON)
    assert settled is not None
    assert settled.reminder.status == "delivered"
