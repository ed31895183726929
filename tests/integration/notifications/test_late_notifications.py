"""The latest moment of delivery: it is checked at each attempt and at each deferral."""

from datetime import datetime, timedelta

import pytest

from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.samples import NOON

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
END = NOON.replace(hour=15)
SECOND = timedelta(seconds=1)


def remind(notifications: NotificationFunctions, until: datetime) -> None:
    """Deliver a reminder that may be sent until a moment, and the requests that follow."""
    notifications.deliver_due(until=until)
    notifications.send_requested()


def too_late(until: datetime) -> str:
    """Return the reason of a notification that could be sent until a moment."""
    return f"too late: it could be sent until {until.isoformat(timespec='seconds')}"


def test_quiet_hours_that_end_too_late_fail_a_reminder_at_once(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Each channel fails when it would be deferred, not at the end of the quiet hours."""
    receiver = start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(receiver, quietHours=QUIET)
    remind(notifications, NOON + timedelta(minutes=10))
    reason = f"{too_late(NOON + timedelta(minutes=10))}, and quiet hours end at 2026-03-02T15:00:00+00:00"
    assert [one.reason for one in notifications.failures()] == [reason, reason]
    assert {(one["status"], one["attempts"], one["nextTryAt"]) for one in notifications.listed()} == {
        ("failed", 0, None)
    }
    assert notifications.api.scheduled == []
    notifications.clock.now = END
    notifications.send_requested()
    assert receiver.ids == []
    assert notifications.emitted().count("Failed webhook") == 1


@pytest.mark.parametrize("margin", [timedelta(), timedelta(hours=1)])
def test_quiet_hours_that_end_in_time_defer_a_reminder(notifications: NotificationFunctions, margin: timedelta) -> None:
    """The latest moment itself is in time."""
    notifications.clock.now = NOON
    notifications.prefer(quietHours=QUIET)
    remind(notifications, END + margin)
    assert [event.attributes.time for event in notifications.api.scheduled] == [END]
    notifications.run_all_attempts()
    assert [one["status"] for one in notifications.listed()] == ["delivered"]


def test_a_deferred_reminder_that_is_handled_too_late_fails(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """After an outage at the end of the quiet hours the reminder is not sent hours later."""
    receiver = start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(receiver, app=False, quietHours=QUIET)
    remind(notifications, END + timedelta(minutes=10))
    [deferred] = notifications.api.scheduled
    notifications.clock.now = END + timedelta(minutes=10) + SECOND
    assert notifications.send_notification.deliver(deferred).status_code == 202
    assert [one.reason for one in notifications.failures()] == [too_late(END + timedelta(minutes=10))]
    assert receiver.ids == []


def test_no_attempt_is_planned_after_the_latest_moment(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The last attempt in time fails the reminder, with both reasons."""
    receiver = start_receiver(*[500] * 5)
    notifications.prefer(receiver, app=False)
    until = notifications.clock.now + timedelta(seconds=8)  # attempts are made after about 5 and 15 seconds
    remind(notifications, until)
    assert notifications.run_next_attempt()
    assert not notifications.run_next_attempt()
    assert len(receiver.ids) == 2
    assert [(one.reason, one.attempts) for one in notifications.failures()] == [(f"answered 500; {too_late(until)}", 2)]


def test_a_delayed_attempt_is_not_made(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """An attempt that was planned in time and runs too late is neither made nor logged."""
    receiver = start_receiver(500)
    notifications.prefer(receiver, app=False)
    until = notifications.clock.now + timedelta(seconds=8)
    remind(notifications, until)
    [again] = notifications.api.scheduled
    notifications.clock.now = until + SECOND
    assert notifications.send_notification.deliver(again).status_code == 202
    assert notifications.send_notification.deliver(again).status_code == 202
    assert [(one.reason, one.attempts) for one in notifications.failures()] == [(too_late(until), 1)]
    assert len(receiver.ids) == 1


def test_a_delayed_first_attempt_is_not_made(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The reminder was requested in time."""
    receiver = start_receiver()
    notifications.prefer(receiver, app=False)
    until = notifications.clock.now + SECOND
    notifications.deliver_due(until=until)
    notifications.clock.now = until + SECOND
    notifications.send_requested()
    assert [one.reason for one in notifications.failures()] == [too_late(until)]
    assert receiver.ids == []


def test_a_late_channel_does_not_affect_another_one(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The webhook is too late, and the app was in time."""
    notifications.prefer(start_receiver(500, 500, 500))
    remind(notifications, notifications.clock.now + timedelta(seconds=8))
    while notifications.run_next_attempt():
        pass
    assert sorted((one["channel"], one["status"]) for one in notifications.listed()) == [
        ("inApp", "delivered"),
        ("webhook", "failed"),
    ]


def test_the_next_channel_is_tried_while_there_is_time(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """If another attempt would be too late, the second channel is used at once."""
    first, second = start_receiver(503), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    remind(notifications, notifications.clock.now + SECOND)
    notifications.send_requested()
    assert (len(first.ids), len(second.accepted)) == (1, 1)


def test_no_channel_is_tried_after_the_latest_moment(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """The failures contain the number of channels, so that the reminder is settled."""
    first, second = start_receiver(410), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    until = notifications.clock.now + SECOND
    remind(notifications, until)
    notifications.clock.now = until + SECOND
    notifications.send_requested()
    assert second.ids == []
    assert [(one.reason, one.siblings) for one in notifications.failures()] == [
        ("answered 410", 2),
        (too_late(until), 2),
    ]
