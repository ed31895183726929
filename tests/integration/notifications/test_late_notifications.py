"""What may be only so late: it is judged at each attempt, and where an attempt is put off to."""

from datetime import datetime, timedelta

import pytest

from tests.integration.notifications.notification_functions import NotificationFunctions, StartReceiver
from tests.samples import NOON

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
END = NOON.replace(hour=15)
SECOND = timedelta(seconds=1)


def remind(notifications: NotificationFunctions, until: datetime) -> None:
    """Let a reminder be due now that may be sent until a moment, and hand on what follows from it."""
    notifications.deliver_due(until=until)
    notifications.send_requested()


def too_late(until: datetime) -> str:
    """Return what is said of a reminder that could be sent until then."""
    return f"too late: it could be sent until {until.isoformat(timespec='seconds')}"


def test_quiet_hours_that_end_too_late_fail_it_at_once(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Nobody waits for their end to learn that it was not to be: each channel fails when it would be deferred."""
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
def test_quiet_hours_that_end_in_time_defer_it(notifications: NotificationFunctions, margin: timedelta) -> None:
    """The last moment itself is in time."""
    notifications.clock.now = NOON
    notifications.prefer(quietHours=QUIET)
    remind(notifications, END + margin)
    assert [event.attributes.time for event in notifications.api.scheduled] == [END]
    notifications.run_all_attempts()
    assert [one["status"] for one in notifications.listed()] == ["delivered"]


def test_a_release_that_comes_too_late_fails_it(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Where the system was down at the end of the quiet hours, what waited for it is not sent hours later."""
    receiver = start_receiver()
    notifications.clock.now = NOON
    notifications.prefer(receiver, app=False, quietHours=QUIET)
    remind(notifications, END + timedelta(minutes=10))
    [deferred] = notifications.api.scheduled
    notifications.clock.now = END + timedelta(minutes=10) + SECOND
    assert notifications.send_notification.deliver(deferred).status_code == 202
    assert [one.reason for one in notifications.failures()] == [too_late(END + timedelta(minutes=10))]
    assert receiver.ids == []


def test_no_try_is_planned_that_would_come_too_late(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It fails with the last try that was in time, and says what that answered."""
    receiver = start_receiver(*[500] * 5)
    notifications.prefer(receiver, app=False)
    until = notifications.clock.now + timedelta(seconds=8)  # the tries come after about 5 and 15 seconds
    remind(notifications, until)
    assert notifications.run_next_attempt()
    assert not notifications.run_next_attempt()
    assert len(receiver.ids) == 2
    assert [(one.reason, one.attempts) for one in notifications.failures()] == [(f"answered 500; {too_late(until)}", 2)]


def test_a_try_that_comes_too_late_is_not_made(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Planned in time, it was held up; the receiver is not asked again, and no attempt is entered."""
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


def test_a_first_attempt_that_comes_too_late_is_not_made(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """It was requested in time and handed over too late."""
    receiver = start_receiver()
    notifications.prefer(receiver, app=False)
    until = notifications.clock.now + SECOND
    notifications.deliver_due(until=until)
    notifications.clock.now = until + SECOND
    notifications.send_requested()
    assert [one.reason for one in notifications.failures()] == [too_late(until)]
    assert receiver.ids == []


def test_one_channel_that_was_in_time_is_enough(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """What is too late for the webhook was shown in the app."""
    notifications.prefer(start_receiver(500, 500, 500))
    remind(notifications, notifications.clock.now + timedelta(seconds=8))
    while notifications.run_next_attempt():
        pass
    assert sorted((one["channel"], one["status"]) for one in notifications.listed()) == [
        ("inApp", "delivered"),
        ("webhook", "failed"),
    ]


def test_the_next_channel_is_asked_while_there_is_time(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """Where another try of the first would come too late, the second is tried at once."""
    first, second = start_receiver(503), start_receiver()
    notifications.prefer(first, second, app=False, mode="first")
    remind(notifications, notifications.clock.now + SECOND)
    notifications.send_requested()
    assert (len(first.ids), len(second.accepted)) == (1, 1)


def test_no_next_channel_is_asked_when_it_is_too_late(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """What failed is said to be all there is, so that its reminder is settled."""
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
