"""Quiet hours: what they defer, and what of it still comes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.data import EventData
from events.reminder import ReminderCancelled, ReminderScheduled, ReminderSnoozed
from events.task import TaskCompleted, TaskDeleted
from tests.functions import FunctionUnderTest
from tests.integration.notifications.channels import PREFERENCES, Channels, Listen
from tests.samples import NOON, a_reminder, a_task

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
END = NOON.replace(hour=15)
OVER: list[EventData] = [
    TaskCompleted(task=a_task(status="completed", version=2)),
    TaskDeleted(task=a_task(version=2)),
    ReminderCancelled(reminder=a_reminder(status="cancelled", version=2)),
    ReminderSnoozed(reminder=a_reminder(snoozed=True, version=2)),
    ReminderScheduled(reminder=a_reminder(remind_at=NOON + timedelta(days=1), version=2)),
]


def in_quiet_hours(channels: Channels, *receivers: Any, **preferred: Any) -> None:
    """Let it be quiet for alice, at noon."""
    channels.clock.now = NOON
    channels.subscribe(*receivers, quietHours=QUIET, **preferred)


def test_quiet_hours_defer_and_never_drop(channels: Channels) -> None:
    """A reminder and a message wait as rows in the outbox for the end of the quiet, and are delivered then."""
    in_quiet_hours(channels)
    assert channels.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    channels.remind()
    assert [event.attributes.time for event in channels.api.scheduled] == [END, END]
    assert {(one["status"], one["nextTryAt"]) for one in channels.shown()} == {("requested", "2026-03-02T15:00:00Z")}
    channels.release()
    assert {(one["title"], one["status"], one["deliveredAt"], one["nextTryAt"]) for one in channels.shown()} == {
        ("Hello", "delivered", "2026-03-02T15:00:00Z", None),
        ("Water the plants", "delivered", "2026-03-02T15:00:00Z", None),
    }
    assert channels.emitted().count("Delivered inApp") == 2


def test_what_was_deferred_says_how_late_it_is(channels: Channels) -> None:
    """From the reminder's own moment to the end of the quiet."""
    in_quiet_hours(channels)
    channels.remind()
    assert channels.wait_for_retry()
    assert channels.shown()[0]["lateBy"] == "PT3H2S"


@pytest.mark.parametrize("over", OVER, ids=lambda over: str(over.type))
def test_what_is_over_by_the_end_of_the_quiet_is_not_sent(channels: Channels, listen: Listen, over: EventData) -> None:
    """The task was completed or deleted, the reminder dismissed, snoozed or moved: nothing is sent, nor said."""
    receiver = listen()
    in_quiet_hours(channels, receiver)
    channels.remind()
    channels.clock.forward(minutes=10)
    channels.deliver(over)
    channels.release()
    assert receiver.ids == []
    assert {one["status"] for one in channels.shown()} == {"withdrawn"}
    assert not [said for said in channels.emitted() if not said.startswith("Requested")]


def test_it_does_not_matter_which_is_heard_first(channels: Channels, listen: Listen) -> None:
    """A completion that arrives before the reminder that fell due before it ends that as well."""
    receiver = listen()
    in_quiet_hours(channels, receiver)
    channels.deliver(OVER[0], time=NOON + timedelta(seconds=1))
    channels.remind()
    channels.release()
    assert receiver.ids == []


def test_what_falls_due_after_the_end_of_something_is_sent(channels: Channels, listen: Listen) -> None:
    """A task that is open again reminds again, and so does a snoozed reminder at its new time."""
    receiver = listen()
    channels.subscribe(receiver)
    for over in OVER:
        if not isinstance(over, TaskDeleted):
            channels.deliver(over, time=channels.clock.now - timedelta(minutes=1))
    channels.remind()
    assert len(receiver.accepted) == 1


def test_nothing_of_a_deleted_task_is_sent(channels: Channels, listen: Listen) -> None:
    """Unlike one that is done it is never open again: whatever falls due later, by whichever version said, is over."""
    receiver = listen()
    channels.subscribe(receiver)
    channels.deliver(TaskDeleted(task=a_task(version=2)), time=channels.clock.now - timedelta(days=1))
    channels.remind()
    assert receiver.ids == []
    assert {one["status"] for one in channels.shown()} == {"withdrawn"}


@pytest.mark.parametrize(("planned", "sent"), [(timedelta(minutes=-2), 0), (timedelta(minutes=2), 1)])
def test_what_was_planned_before_its_task_ended_is_not_sent(
    channels: Channels, listen: Listen, planned: timedelta, sent: int
) -> None:
    """It falls due after the end, and is over where it was planned before; planned later, the task is open again."""
    receiver = listen()
    channels.subscribe(receiver, app=False)
    ended = channels.clock.now - timedelta(hours=1)
    channels.deliver(OVER[0], time=ended)
    channels.fall_due(as_of=ended + planned)
    channels.hand_on()
    assert len(receiver.ids) == sent


def test_an_older_end_does_not_replace_a_newer_one(channels: Channels) -> None:
    """The newest moment counts, in whichever order they arrive."""
    in_quiet_hours(channels)
    channels.remind()
    channels.deliver(OVER[0], time=NOON + timedelta(minutes=5))
    channels.deliver(OVER[0], time=NOON - timedelta(minutes=5))
    assert channels.wait_for_retry()
    assert channels.shown()[0]["status"] == "withdrawn"


def test_a_try_that_falls_into_the_quiet_waits_for_its_end(channels: Channels, listen: Listen) -> None:
    """A webhook that failed before is not tried again at night; the quiet costs it no attempt."""
    receiver = listen(500)
    channels.clock.now = NOON.replace(hour=10, minute=59, second=58)
    channels.subscribe(receiver, quietHours=QUIET)
    channels.remind()
    assert channels.wait_for_retry()
    assert [event.attributes.time for event in channels.api.scheduled] == [END]
    assert len(receiver.ids) == 1
    assert "1" in {str(one["attempts"]) for one in channels.shown("?status=requested")}


def test_longer_quiet_hours_are_heeded_at_release(channels: Channels) -> None:
    """Whoever makes the night longer while something waits is not woken at its former end."""
    in_quiet_hours(channels)
    channels.remind()
    longer = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "16:00"}]}
    channels.subscribe(quietHours=longer)
    assert channels.wait_for_retry()
    [again] = channels.api.scheduled
    assert again.attributes.time == END + timedelta(hours=1)
    assert channels.wait_for_retry()
    assert channels.shown()[0]["status"] == "delivered"


def test_what_was_moved_to_a_moment_that_has_passed_is_sent(channels: Channels) -> None:
    """It was not put off: its user has been told nothing yet."""
    in_quiet_hours(channels)
    channels.remind()
    channels.clock.forward(minutes=10)
    channels.deliver(ReminderScheduled(reminder=a_reminder(remind_at=NOON + timedelta(minutes=5), version=2)))
    channels.release()
    assert {one["status"] for one in channels.shown()} == {"delivered"}


def test_quiet_hours_are_by_the_wall_of_their_zone(channels: Channels) -> None:
    """Over midnight, on the nights asked for, and over a change of clocks: Sunday's seven is an hour of UTC earlier."""
    channels.clock.now = datetime.fromisoformat("2026-03-28T23:30:00+01:00")
    night = {"start": "22:00", "end": "07:00", "days": ["SA"]}
    channels.subscribe(quietHours={"timeZone": "Europe/Berlin", "windows": [night]})
    channels.remind()
    [deferred] = channels.api.scheduled
    assert deferred.attributes.time == datetime.fromisoformat("2026-03-29T07:00:00+02:00")


@pytest.mark.parametrize(
    ("quiet", "field"),
    [
        ({"timeZone": "Mars/Olympus", "windows": [{"start": "22:00", "end": "07:00"}]}, "quietHours.timeZone"),
        ({"timeZone": "UTC", "windows": []}, "quietHours.windows"),
        ({"timeZone": "UTC", "windows": [{"start": "24:00", "end": "07:00"}]}, "quietHours.windows.0.start"),
        ({"timeZone": "UTC", "windows": [{"start": "22:00", "end": "7:00"}]}, "quietHours.windows.0.end"),
        ({"timeZone": "UTC", "windows": [{"start": "1:00", "end": "07:00", "days": ["XX"]}]}, "quietHours.windows.0"),
        ({"timeZone": "UTC", "windows": [{"start": "00:00", "end": "00:00"}]}, "quietHours"),
        ({"windows": [{"start": "22:00", "end": "07:00"}]}, "quietHours.timeZone"),
        ({"timeZone": "UTC", "window": []}, "quietHours"),
    ],
)
def test_wrong_quiet_hours_are_refused_by_field(api: FunctionUnderTest, quiet: dict[str, Any], field: str) -> None:
    """What cannot be is answered with 400, and nothing changes."""
    answer = api.call("PUT", PREFERENCES, {"channels": [], "quietHours": quiet})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"].startswith(field)) == (400, True)
    assert api.call("GET", PREFERENCES).get_json()["quietHours"] is None


def test_preferences_of_the_version_before_have_no_quiet_hours(api: FunctionUnderTest) -> None:
    """A row that knows of none is read as none."""
    api.database.run("INSERT INTO notifications.preferences (user_id, channels, version) VALUES ('alice', '[]', 1)")
    assert api.call("GET", PREFERENCES).get_json()["quietHours"] is None
