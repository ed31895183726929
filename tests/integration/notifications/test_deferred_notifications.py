"""Quiet hours: notifications are deferred, and withdrawn if their task ends in the meantime."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.data import EventData
from events.reminder import ReminderCancelled, ReminderScheduled, ReminderSnoozed
from events.task import TaskCompleted, TaskDeleted
from tests.functions import FunctionUnderTest
from tests.integration.notifications.notification_functions import PREFERENCES, NotificationFunctions, StartReceiver
from tests.samples import NOON, a_reminder, a_task

QUIET = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "15:00"}]}
END = NOON.replace(hour=15)
ENDINGS: list[EventData] = [
    TaskCompleted(task=a_task(status="completed", version=2)),
    TaskDeleted(task=a_task(version=2)),
    ReminderCancelled(reminder=a_reminder(status="cancelled", version=2)),
    ReminderSnoozed(reminder=a_reminder(snoozed=True, version=2)),
    ReminderScheduled(reminder=a_reminder(remind_at=NOON + timedelta(days=1), version=2)),
]


def in_quiet_hours(notifications: NotificationFunctions, *receivers: Any, **preferred: Any) -> None:
    """Set the clock to noon, in the quiet hours of alice."""
    notifications.clock.now = NOON
    notifications.prefer(*receivers, quietHours=QUIET, **preferred)


def test_quiet_hours_defer_notifications(notifications: NotificationFunctions) -> None:
    """A reminder and a message wait in the outbox until the quiet hours end, and are delivered then."""
    in_quiet_hours(notifications)
    assert notifications.api.call("POST", "/notifications/send", {"title": "Hello"}).status_code == 202
    notifications.remind()
    assert [event.attributes.time for event in notifications.api.scheduled] == [END, END]
    assert {(one["status"], one["nextTryAt"]) for one in notifications.listed()} == {
        ("requested", "2026-03-02T15:00:00Z")
    }
    notifications.run_all_attempts()
    assert {(one["title"], one["status"], one["deliveredAt"], one["nextTryAt"]) for one in notifications.listed()} == {
        ("Hello", "delivered", "2026-03-02T15:00:00Z", None),
        ("Water the plants", "delivered", "2026-03-02T15:00:00Z", None),
    }
    assert notifications.emitted().count("Delivered inApp") == 2


def test_a_deferred_reminder_reports_its_lateness(notifications: NotificationFunctions) -> None:
    """Lateness counts from the time of the reminder to the end of the quiet hours."""
    in_quiet_hours(notifications)
    notifications.remind()
    assert notifications.run_next_attempt()
    assert notifications.listed()[0]["lateBy"] == "PT3H2S"


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: str(ending.type))
def test_a_reminder_that_ends_during_the_quiet_hours_is_withdrawn(
    notifications: NotificationFunctions, start_receiver: StartReceiver, ending: EventData
) -> None:
    """Its task was completed or deleted, or it was dismissed, snoozed or moved. No event is emitted."""
    receiver = start_receiver()
    in_quiet_hours(notifications, receiver)
    notifications.remind()
    notifications.clock.forward(minutes=10)
    notifications.deliver_ending(ending)
    notifications.run_all_attempts()
    assert receiver.ids == []
    assert {one["status"] for one in notifications.listed()} == {"withdrawn"}
    assert not [said for said in notifications.emitted() if not said.startswith("Requested")]


def test_events_may_arrive_in_any_order(notifications: NotificationFunctions, start_receiver: StartReceiver) -> None:
    """A completion may arrive before the reminder that fell due before it."""
    receiver = start_receiver()
    in_quiet_hours(notifications, receiver)
    notifications.deliver_ending(ENDINGS[0], time=NOON + timedelta(seconds=1))
    notifications.remind()
    notifications.run_all_attempts()
    assert receiver.ids == []


def test_a_reminder_that_falls_due_after_an_end_is_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A reopened task reminds again, and so does a snoozed reminder at its new time."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    for ending in ENDINGS:
        if not isinstance(ending, TaskDeleted):
            notifications.deliver_ending(ending, time=notifications.clock.now - timedelta(minutes=1))
    notifications.remind()
    assert len(receiver.accepted) == 1


def test_a_reminder_of_a_deleted_task_is_never_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A deleted task is never open again, so reminders that fall due later are withdrawn too."""
    receiver = start_receiver()
    notifications.prefer(receiver)
    notifications.deliver_ending(TaskDeleted(task=a_task(version=2)), time=notifications.clock.now - timedelta(days=1))
    notifications.remind()
    assert receiver.ids == []
    assert {one["status"] for one in notifications.listed()} == {"withdrawn"}


@pytest.mark.parametrize(("planned", "sent"), [(timedelta(minutes=-2), 0), (timedelta(minutes=2), 1)])
def test_a_reminder_planned_before_its_task_ended_is_not_sent(
    notifications: NotificationFunctions, start_receiver: StartReceiver, planned: timedelta, sent: int
) -> None:
    """The reminder falls due after the end. Only one planned after the end is sent: the task is open again."""
    receiver = start_receiver()
    notifications.prefer(receiver, app=False)
    ended = notifications.clock.now - timedelta(hours=1)
    notifications.deliver_ending(ENDINGS[0], time=ended)
    notifications.deliver_due(as_of=ended + planned)
    notifications.send_requested()
    assert len(receiver.ids) == sent


def test_an_older_end_does_not_replace_a_newer_one(notifications: NotificationFunctions) -> None:
    """The latest moment counts, in any order the events arrive."""
    in_quiet_hours(notifications)
    notifications.remind()
    notifications.deliver_ending(ENDINGS[0], time=NOON + timedelta(minutes=5))
    notifications.deliver_ending(ENDINGS[0], time=NOON - timedelta(minutes=5))
    assert notifications.run_next_attempt()
    assert notifications.listed()[0]["status"] == "withdrawn"


def test_an_attempt_in_the_quiet_hours_waits_for_their_end(
    notifications: NotificationFunctions, start_receiver: StartReceiver
) -> None:
    """A deferral does not count as an attempt."""
    receiver = start_receiver(500)
    notifications.clock.now = NOON.replace(hour=10, minute=59, second=58)
    notifications.prefer(receiver, quietHours=QUIET)
    notifications.remind()
    assert notifications.run_next_attempt()
    assert [event.attributes.time for event in notifications.api.scheduled] == [END]
    assert len(receiver.ids) == 1
    assert "1" in {str(one["attempts"]) for one in notifications.listed("?status=requested")}


def test_quiet_hours_are_read_again_when_they_end(notifications: NotificationFunctions) -> None:
    """If the user made them longer in the meantime, the notification waits again."""
    in_quiet_hours(notifications)
    notifications.remind()
    longer = {"timeZone": "UTC", "windows": [{"start": "11:00", "end": "16:00"}]}
    notifications.prefer(quietHours=longer)
    assert notifications.run_next_attempt()
    [again] = notifications.api.scheduled
    assert again.attributes.time == END + timedelta(hours=1)
    assert notifications.run_next_attempt()
    assert notifications.listed()[0]["status"] == "delivered"


def test_a_reminder_moved_into_the_past_is_sent(notifications: NotificationFunctions) -> None:
    """It was not put off: the user has not been notified yet."""
    in_quiet_hours(notifications)
    notifications.remind()
    notifications.clock.forward(minutes=10)
    notifications.deliver_ending(
        ReminderScheduled(reminder=a_reminder(remind_at=NOON + timedelta(minutes=5), version=2))
    )
    notifications.run_all_attempts()
    assert {one["status"] for one in notifications.listed()} == {"delivered"}


def test_quiet_hours_follow_the_wall_clock_of_their_zone(notifications: NotificationFunctions) -> None:
    """A window over midnight on certain days ends at seven, also on the night when clocks change."""
    notifications.clock.now = datetime.fromisoformat("2026-03-28T23:30:00+01:00")
    night = {"start": "22:00", "end": "07:00", "days": ["SA"]}
    notifications.prefer(quietHours={"timeZone": "Europe/Berlin", "windows": [night]})
    notifications.remind()
    [deferred] = notifications.api.scheduled
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
def test_wrong_quiet_hours_are_rejected_by_field(api: FunctionUnderTest, quiet: dict[str, Any], field: str) -> None:
    """The problem names the field, and the preferences stay unchanged."""
    answer = api.call("PUT", PREFERENCES, {"channels": [], "quietHours": quiet})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"].startswith(field)) == (400, True)
    assert api.call("GET", PREFERENCES).get_json()["quietHours"] is None


def test_old_preferences_have_no_quiet_hours(api: FunctionUnderTest) -> None:
    """A row from before quiet hours existed can be read."""
    api.database.run("INSERT INTO notifications.preferences (user_id, channels, version) VALUES ('alice', '[]', 1)")
    assert api.call("GET", PREFERENCES).get_json()["quietHours"] is None
