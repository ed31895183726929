"""What follows from an attempt to send a notification, without a database."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events.ids import derived_id
from events.notification import (
    Notification,
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
)
from functions.notifications.attempt_changes import AttemptChanges
from functions.notifications.attempt_conclusion import Situation, conclude_attempt
from functions.notifications.attempt_verdict import AttemptResult, Deferred, GivenUp, Verdict, Withdrawn
from functions.notifications.channels.channel import SendResult
from functions.notifications.channels.in_app import InAppChannel
from functions.notifications.channels.webhook import WebhookChannel
from functions.notifications.digest import DigestMembers
from functions.notifications.fallback_channels import Fallback
from functions.notifications.notification_record import NotificationRecord
from functions.notifications.retry_schedule import MAX_ATTEMPTS, MAX_ATTEMPTS_BEFORE_FALLBACK
from tests.samples import NOON, a_notification

LATER = NOON + timedelta(hours=3)
WEBHOOK = WebhookChannel(url="https://example.com/hook")
NEXT_ID = UUID(int=7)
TEMPORARY = SendResult.temporary_failure("answered 503")
FINAL = SendResult.final_failure("answered 410")


def record(number: int = 1, **changes: Any) -> NotificationRecord:
    """Return the record of a notification through a webhook."""
    notification = a_notification(**{"id": UUID(int=number), "channel": "webhook", **changes})
    return NotificationRecord(notification, WEBHOOK, request_digest="a digest")


def situation(stored: NotificationRecord, *, until: datetime | None = None, **changes: Any) -> Situation:
    """Return the situation of an attempt to send a notification."""
    return Situation(NotificationRequested(notification=stored.notification, until=until), stored, **changes)


def conclude(given: Situation, verdict: Verdict, members: DigestMembers | None = None) -> AttemptChanges:
    """Conclude an attempt at noon."""
    return conclude_attempt(given, AttemptResult(verdict, members or DigestMembers()), NOON)


def fallbacks(stored: NotificationRecord, *, tried: int = 1, left: int = 1) -> dict[UUID, Fallback]:
    """Return the situation's fallbacks for a notification with mode ``first``."""
    untried = {UUID(int=NEXT_ID.int + number): InAppChannel() for number in range(left)}
    return {stored.notification.id: Fallback(untried, tried)}


def statuses(changes: AttemptChanges) -> dict[int, str]:
    """Return the new statuses by the number of the notification."""
    return {one.id.int: one.status for one in changes.updated}


def types(changes: AttemptChanges) -> list[type]:
    """Return the types of the events."""
    return [type(emission.data) for emission in changes.emissions]


def only_update(changes: AttemptChanges) -> Notification:
    """Return the only updated notification."""
    [updated] = changes.updated
    return updated


def test_a_delivered_notification_is_sent_and_delivered() -> None:
    """Both events have ids derived from the notification, and lateness counts from the reminder's time."""
    stored = record(remind_at=NOON - timedelta(minutes=2), next_try_at=NOON, reason="answered 503")
    changes = conclude(situation(stored), SendResult(delivered=True))
    delivered = only_update(changes)
    assert (delivered.status, delivered.attempts, delivered.sent_at, delivered.delivered_at) == (
        "delivered",
        1,
        NOON,
        NOON,
    )
    assert (delivered.late_by, delivered.next_try_at, delivered.reason) == (timedelta(minutes=2), None, None)
    assert types(changes) == [NotificationSent, NotificationDelivered]
    assert [one.event_id for one in changes.emissions] == [
        derived_id("notification", stored.notification.id, outcome) for outcome in ("sent", "delivered")
    ]


def test_a_temporary_failure_plans_the_next_attempt() -> None:
    """The request is emitted at that moment, with the latest moment of delivery."""
    changes = conclude(situation(record(), until=LATER), TEMPORARY)
    waiting, [emission] = only_update(changes), changes.emissions
    assert (waiting.status, waiting.attempts, waiting.reason) == ("requested", 1, "answered 503")
    assert waiting.next_try_at == emission.at
    assert emission.at is not None
    assert NOON < emission.at <= NOON + timedelta(seconds=5)
    assert emission.data == NotificationRequested(notification=waiting, until=LATER)


def test_the_receiver_may_ask_for_a_longer_delay() -> None:
    """A longer Retry-After moves the next attempt."""
    result = SendResult.temporary_failure("answered 503", retry_after=timedelta(minutes=10))
    assert only_update(conclude(situation(record()), result)).next_try_at == NOON + timedelta(minutes=10)


def test_no_attempt_is_planned_after_the_latest_moment() -> None:
    """The notification fails with both reasons."""
    until = NOON + timedelta(seconds=1)
    failed = only_update(conclude(situation(record(), until=until), TEMPORARY))
    late = "too late: it could be sent until 2026-03-02T12:00:01+00:00"
    assert (failed.status, failed.reason) == ("failed", f"answered 503; {late}")


@pytest.mark.parametrize(
    ("attempts", "result"), [(0, FINAL), (MAX_ATTEMPTS - 1, TEMPORARY)], ids=["final failure", "last attempt"]
)
def test_a_failure_without_another_attempt_fails(attempts: int, result: SendResult) -> None:
    """The notification fails with the channel's reason, and no channel is tried next."""
    changes = conclude(situation(record(attempts=attempts)), result)
    failed = only_update(changes)
    assert (failed.status, failed.attempts, failed.reason) == ("failed", attempts + 1, result.reason)
    assert (types(changes), changes.requested) == ([NotificationFailed], [])


def test_a_failed_channel_is_followed_by_the_next_one() -> None:
    """The next notification starts from the beginning, with the same cause, digest and count of channels."""
    stored = record(attempts=2, next_try_at=NOON)
    changes = conclude(situation(stored, fallbacks=fallbacks(stored, tried=2, left=2)), FINAL)
    [following] = changes.requested
    notification = following.notification
    assert (notification.id, notification.channel, notification.status) == (NEXT_ID, "inApp", "requested")
    assert (notification.attempts, notification.reason, notification.next_try_at) == (0, None, None)
    assert (following.request_digest, following.channel) == ("a digest", InAppChannel())
    assert (notification.siblings, only_update(changes).siblings) == (4, 4)


def test_a_fallback_ends_the_attempts_early() -> None:
    """With another channel to try, a temporary failure gets only a few attempts."""
    stored = record(attempts=MAX_ATTEMPTS_BEFORE_FALLBACK - 1)
    assert statuses(conclude(situation(stored), TEMPORARY)) == {1: "requested"}
    changes = conclude(situation(stored, fallbacks=fallbacks(stored)), TEMPORARY)
    assert (statuses(changes), len(changes.requested)) == ({1: "failed"}, 1)


def test_a_withdrawn_notification_emits_no_event() -> None:
    """The event that ended its task is enough."""
    changes = conclude(situation(record()), Withdrawn("done"))
    assert (statuses(changes), changes.emissions, changes.attempted) == ({1: "withdrawn"}, [], None)


def test_giving_up_is_the_last_failure_of_its_cause() -> None:
    """The untried channels are not counted, because none of them is tried."""
    stored = record(siblings=3)
    changes = conclude(situation(stored, fallbacks=fallbacks(stored, tried=1, left=2)), GivenUp("muted"))
    failed = only_update(changes)
    assert (failed.status, failed.siblings, failed.attempts, changes.requested) == ("failed", 1, 0, [])


def test_a_deferred_notification_keeps_its_count_of_attempts() -> None:
    """The same attempt is requested at the end of the quiet hours; a repeat has the same event id."""
    first, second = (conclude(situation(record(attempts=3)), Deferred(LATER)) for _ in range(2))
    waiting = only_update(first)
    assert (waiting.attempts, waiting.next_try_at, first.emissions[0].at) == (3, LATER, LATER)
    assert first.emissions[0].event_id == second.emissions[0].event_id


@pytest.mark.parametrize("is_new", [True, False])
def test_a_digest_is_requested_once(is_new: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Only the first member of a digest requests it."""
    digest = record(9, kind="digest")
    changes = conclude(situation(record(), digest=digest, is_new_digest=is_new), Deferred(LATER, joins_digest=True))
    assert (changes.joined_digest, only_update(changes).next_try_at) == (digest.notification.id, LATER)
    assert [emission.at for emission in changes.emissions] == [LATER] * is_new


def test_a_digest_that_was_sent_is_not_joined() -> None:
    """The notification is sent alone at that moment."""
    digest = record(9, kind="digest", status="delivered")
    changes = conclude(situation(record(), digest=digest), Deferred(LATER, joins_digest=True))
    assert (changes.joined_digest, [emission.at for emission in changes.emissions]) == (None, [LATER])


def test_members_end_with_their_digest() -> None:
    """Pending members are delivered, others end for their own reasons, and one that joined late is sent alone."""
    members = DigestMembers(pending=(record(2), record(3)), ended=(record(4),), muted=(record(5),))
    waiting = tuple(record(number) for number in range(2, 7))
    changes = conclude(situation(record(kind="digest"), waiting_members=waiting), SendResult(delivered=True), members)
    assert statuses(changes) == {
        1: "delivered",
        2: "delivered",
        3: "delivered",
        4: "withdrawn",
        5: "failed",
        6: "requested",
    }
    assert [(type(one.data), one.at) for one in changes.emissions[-2:]] == [
        (NotificationFailed, None),
        (NotificationRequested, NOON),
    ]


def test_members_wait_with_their_digest() -> None:
    """A temporary failure changes the digest only."""
    members = DigestMembers(pending=(record(2),), ended=(record(3),))
    changes = conclude(situation(record(kind="digest"), waiting_members=(record(2),)), TEMPORARY, members)
    assert statuses(changes) == {1: "requested"}


def test_members_of_a_failed_digest_try_their_next_channels() -> None:
    """Only the members have fallbacks, not the digest."""
    members = DigestMembers(pending=(record(2), record(3)))
    both = {**fallbacks(record(2)), **fallbacks(record(3))}
    changes = conclude(situation(record(kind="digest"), fallbacks=both), FINAL, members)
    assert statuses(changes) == {1: "failed", 2: "failed", 3: "failed"}
    assert len(changes.requested) == 2
