"""What may be only so late: it is judged at each attempt, and where an attempt is put off to."""

from datetime import datetime, timedelta

import pytest

from tests.integration.notifications.channels import Channels, Listen
from tests.samples import NOON

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
END = NOON.replace(hour=15)
SECOND = timedelta(seconds=1)


def remind(channels: Channels, until: datetime) -> None:
    """Let a reminder be due now that may be sent until a moment, and hand on what follows from it."""
    channels.fall_due(until=until)
    channels.hand_on()


def too_late(until: datetime) -> str:
    """Return what is said of a reminder that could be sent until then."""
    return f"too late: it could be sent until {until.isoformat(timespec='seconds')}"


def test_quiet_hours_that_end_too_late_fail_it_at_once(channels: Channels, listen: Listen) -> None:
    """Nobody waits for their end to learn that it was not to be: each channel fails when it would be deferred."""
    receiver = listen()
    channels.clock.now = NOON
    channels.subscribe(receiver, quietHours=QUIET)
    remind(channels, NOON + timedelta(minutes=10))
    reason = f"{too_late(NOON + timedelta(minutes=10))}, and quiet hours end at 2026-03-02T15:00:00+00:00"
    assert [one.reason for one in channels.failures()] == [reason, reason]
    assert {(one["status"], one["attempts"], one["nextTryAt"]) for one in channels.shown()} == {("failed", 0, None)}
    assert channels.api.scheduled == []
    channels.clock.now = END
    channels.hand_on()
    assert receiver.ids == []
    assert channels.emitted().count("Failed webhook") == 1


@pytest.mark.parametrize("margin", [timedelta(), timedelta(hours=1)])
def test_quiet_hours_that_end_in_time_defer_it(channels: Channels, margin: timedelta) -> None:
    """The last moment itself is in time."""
    channels.clock.now = NOON
    channels.subscribe(quietHours=QUIET)
    remind(channels, END + margin)
    assert [event.attributes.time for event in channels.api.scheduled] == [END]
    channels.release()
    assert [one["status"] for one in channels.shown()] == ["delivered"]


def test_a_release_that_comes_too_late_fails_it(channels: Channels, listen: Listen) -> None:
    """Where the system was down at the end of the quiet hours, what waited for it is not sent hours later."""
    receiver = listen()
    channels.clock.now = NOON
    channels.subscribe(receiver, app=False, quietHours=QUIET)
    remind(channels, END + timedelta(minutes=10))
    [deferred] = channels.api.scheduled
    channels.clock.now = END + timedelta(minutes=10) + SECOND
    assert channels.send_notification.deliver(deferred).status_code == 202
    assert [one.reason for one in channels.failures()] == [too_late(END + timedelta(minutes=10))]
    assert receiver.ids == []


def test_no_try_is_planned_that_would_come_too_late(channels: Channels, listen: Listen) -> None:
    """It fails with the last try that was in time, and says what that answered."""
    receiver = listen(*[500] * 5)
    channels.subscribe(receiver, app=False)
    until = channels.clock.now + timedelta(seconds=8)  # the tries come after about 5 and 15 seconds
    remind(channels, until)
    assert channels.wait_for_retry()
    assert not channels.wait_for_retry()
    assert len(receiver.ids) == 2
    assert [(one.reason, one.attempts) for one in channels.failures()] == [(f"answered 500; {too_late(until)}", 2)]


def test_a_try_that_comes_too_late_is_not_made(channels: Channels, listen: Listen) -> None:
    """Planned in time, it was held up; the receiver is not asked again, and no attempt is entered."""
    receiver = listen(500)
    channels.subscribe(receiver, app=False)
    until = channels.clock.now + timedelta(seconds=8)
    remind(channels, until)
    [again] = channels.api.scheduled
    channels.clock.now = until + SECOND
    assert channels.send_notification.deliver(again).status_code == 202
    assert channels.send_notification.deliver(again).status_code == 202
    assert [(one.reason, one.attempts) for one in channels.failures()] == [(too_late(until), 1)]
    assert len(receiver.ids) == 1


def test_a_first_attempt_that_comes_too_late_is_not_made(channels: Channels, listen: Listen) -> None:
    """It was requested in time and handed over too late."""
    receiver = listen()
    channels.subscribe(receiver, app=False)
    until = channels.clock.now + SECOND
    channels.fall_due(until=until)
    channels.clock.now = until + SECOND
    channels.hand_on()
    assert [one.reason for one in channels.failures()] == [too_late(until)]
    assert receiver.ids == []


def test_one_channel_that_was_in_time_is_enough(channels: Channels, listen: Listen) -> None:
    """What is too late for the webhook was shown in the app."""
    channels.subscribe(listen(500, 500, 500))
    remind(channels, channels.clock.now + timedelta(seconds=8))
    while channels.wait_for_retry():
        pass
    assert sorted((one["channel"], one["status"]) for one in channels.shown()) == [
        ("inApp", "delivered"),
        ("webhook", "failed"),
    ]


def test_the_next_channel_is_asked_while_there_is_time(channels: Channels, listen: Listen) -> None:
    """Where another try of the first would come too late, the second is tried at once."""
    first, second = listen(503), listen()
    channels.subscribe(first, second, app=False, mode="first")
    remind(channels, channels.clock.now + SECOND)
    channels.hand_on()
    assert (len(first.ids), len(second.accepted)) == (1, 1)


def test_no_next_channel_is_asked_when_it_is_too_late(channels: Channels, listen: Listen) -> None:
    """What failed is said to be all there is, so that its reminder is settled."""
    first, second = listen(410), listen()
    channels.subscribe(first, second, app=False, mode="first")
    until = channels.clock.now + SECOND
    remind(channels, until)
    channels.clock.now = until + SECOND
    channels.hand_on()
    assert second.ids == []
    assert [(one.reason, one.siblings) for one in channels.failures()] == [("answered 410", 2), (too_late(until), 2)]
