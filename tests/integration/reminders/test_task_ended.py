"""A reminder of a completed or deleted task never fires, however the events arrive; one of an open task does, once."""

from datetime import timedelta
from itertools import permutations
from typing import Literal

import pytest

from events.data import EventData
from events.event import Event
from events.notification import NotificationRequested
from events.reminder import ReminderDue
from events.task import TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskUpdated
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.stories import MINUTE, firings, rows, task_event
from tests.samples import NOON, a_task, an_event

HALF_PAST = NOON + 30 * MINUTE

Step = Literal["cancel", "withdraw", "fire", "send"]
STEPS: tuple[Step, ...] = ("cancel", "withdraw", "fire", "send")


def in_time(order: tuple[Step, ...]) -> bool:
    """Tell whether the end is heard of in time: before the reminder fires, or before what that asks for is sent."""
    cancel, withdraw, fire, send = (order.index(step) for step in STEPS)
    return fire < send and (cancel < fire or withdraw < send)


ORDERS = [order for order in permutations(STEPS) if in_time(order)]


class Followers:
    """What follows from a task's end, and from a reminder's moment, one step at a time."""

    def __init__(self, function: Load) -> None:
        self.schedule = function("schedule-reminders")
        self.cancel = function("cancel-reminders")
        self.withdraw = function("withdraw-notifications")
        self.notify = function("notify-user")
        self.send = function("send-notification")

    def deliver(self, by: FunctionUnderTest, event: Event[EventData]) -> None:
        """Have a function hear an event, and again, as a broker may tell it twice."""
        for _ in range(2):
            assert by.deliver(event).status_code == 202
        by.instance.publisher.wait()

    def fire(self) -> None:
        """Publish the ReminderDue, if it still waits, and have it heard."""
        for due in [event for event in self.schedule.scheduled if isinstance(event.data, ReminderDue)]:
            self.schedule.clock.now = HALF_PAST
            self.schedule.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=due.attributes.id)
            self.deliver(self.notify, due)

    def hand_on(self) -> None:
        """Have what was requested sent."""
        for event in [event for event in self.notify.emitted if isinstance(event.data, NotificationRequested)]:
            self.deliver(self.send, event)

    def delivered(self) -> int:
        """Return how many notifications were delivered."""
        return self.send.emitted_types().count("NotificationDelivered")


@pytest.fixture
def followers(function: Load) -> Followers:
    """The functions, with a reminder for half past twelve planned."""
    followers = Followers(function)
    followers.deliver(followers.schedule, task_event(TaskCreated))
    return followers


@pytest.mark.parametrize("kind", [TaskCompleted, TaskDeleted])
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_a_reminder_of_a_completed_or_deleted_task_never_fires_however_the_events_arrive(
    followers: Followers, kind: type[TaskEvent], order: tuple[Step, ...]
) -> None:
    """The task ends five minutes before the moment; one of the two hears of that in time, the other whenever."""
    status = "completed" if kind is TaskCompleted else "open"
    ended = task_event(kind, a_task(status=status, version=2, updated_at=NOON + 25 * MINUTE))
    followers.schedule.clock.forward(minutes=29)
    for step in order:
        if step == "fire":
            followers.fire()
        elif step == "send":
            followers.hand_on()
        else:
            followers.deliver(followers.cancel if step == "cancel" else followers.withdraw, ended)
    followers.hand_on()
    assert followers.delivered() == 0
    assert rows(followers.schedule) == [("cancelled", "12:30")]
    assert "NotificationFailed" not in followers.send.emitted_types()


@pytest.mark.parametrize("order", list(permutations(("schedule", "cancel", "withdraw"))), ids="-".join)
def test_a_reminder_of_a_task_that_is_open_again_fires_once_however_the_events_arrive(
    followers: Followers, order: tuple[str, ...]
) -> None:
    """Done and reopened before the moment: that it was done is no news of what was planned since."""
    done = task_event(TaskCompleted, a_task(status="completed", version=2, updated_at=NOON + 5 * MINUTE))
    again = task_event(TaskReopened, a_task(version=3, updated_at=NOON + 10 * MINUTE))
    followers.schedule.clock.forward(minutes=29)
    for step in order:
        event = again if step == "schedule" else done
        followers.deliver(getattr(followers, step), event)
    followers.fire()
    followers.hand_on()
    assert followers.delivered() == 1
    assert rows(followers.schedule) == [("scheduled", "12:30")]


@pytest.mark.parametrize("order", list(permutations(("schedule", "cancel"))), ids="-".join)
def test_a_snooze_does_not_outlast_that_its_task_was_done(
    followers: Followers, function: Load, order: tuple[str, ...]
) -> None:
    """Open again, the task is reminded of as planned, whichever of the two events is heard first."""
    api = function("reminders")
    (reminder,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT20M"})
    before = a_task(status="completed", version=2, updated_at=NOON + 5 * MINUTE)
    again = an_event(TaskReopened(task=a_task(version=3, updated_at=NOON + 10 * MINUTE), previous=before))
    followers.schedule.clock.forward(minutes=25)
    for step in order:
        followers.deliver(getattr(followers, step), again if step == "schedule" else task_event(TaskCompleted, before))
    assert firings(followers.schedule) == ["12:30"]
    assert rows(followers.schedule) == [("scheduled", "12:30")]


def as_of(followers: Followers) -> str:
    """Return by which change of its task the reminder that waits was planned, as hh:mm."""
    (due,) = followers.schedule.scheduled
    assert isinstance(due.data, ReminderDue)
    return f"{due.data.as_of:%H:%M}"


@pytest.mark.parametrize(("version", "expected"), [(2, "12:00"), (3, "12:20")], ids=["the next", "one that was missed"])
def test_a_firing_is_replaced_where_a_change_between_was_missed(
    followers: Followers, version: int, expected: str
) -> None:
    """That change can be that the task was done; what is planned as before is planned by the task as it is now."""
    assert as_of(followers) == "12:00"
    changed = a_task(version=version, priority="high", updated_at=NOON + 20 * MINUTE)
    followers.deliver(followers.schedule, task_event(TaskUpdated, changed))
    assert as_of(followers) == expected
    assert firings(followers.schedule) == ["12:30"]
    assert followers.schedule.emitted_types() == ["ReminderScheduled"]


def test_a_snoozed_reminder_is_planned_by_the_snooze(followers: Followers, function: Load) -> None:
    """What ends the task after that ends it too."""
    api = function("reminders")
    (reminder,) = (api.call("GET", "/reminders").json or {})["items"]
    api.clock.forward(minutes=1)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    assert as_of(followers) == "12:01"
    api.clock.now += timedelta(minutes=1)
    ended = a_task(status="completed", version=2, updated_at=api.clock.now)
    followers.deliver(followers.withdraw, task_event(TaskCompleted, ended))
    (due,) = api.scheduled
    api.clock.now += timedelta(hours=1)
    followers.deliver(followers.notify, due)
    followers.hand_on()
    assert followers.delivered() == 0
