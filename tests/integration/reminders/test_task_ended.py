"""Tests that a reminder of an ended task never fires, and one of a reopened task fires once, in any order of events."""

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
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    a_task_event,
    set_preferences,
    stored_reminders,
    waiting_firings,
)
from tests.samples import NOON, a_task, an_event

HALF_PAST = NOON + 30 * MINUTE

Step = Literal["cancel", "withdraw", "fire", "send"]
STEPS: tuple[Step, ...] = ("cancel", "withdraw", "fire", "send")


def is_end_handled_in_time(order: tuple[Step, ...]) -> bool:
    """Return whether the end is cancelled before the reminder fires, or withdrawn before its webhook is tried."""
    cancel, withdraw, fire, send = (order.index(step) for step in STEPS)
    return fire < send and (cancel < fire or withdraw < send)


ORDERS = [order for order in permutations(STEPS) if is_end_handled_in_time(order)]


class ReminderFunctions:
    """The functions that handle a task's end and a reminder's moment; each method is one step."""

    def __init__(self, function: Load) -> None:
        self.schedule = function("schedule-reminders")
        self.cancel = function("cancel-reminders")
        self.withdraw = function("withdraw-notifications")
        self.notify = function("notify-user")
        self.send = function("send-notification")

    def deliver(self, function: FunctionUnderTest, event: Event[EventData]) -> None:
        """Deliver an event to a function twice, as a broker may do."""
        for _ in range(2):
            assert function.deliver(event).status_code == 202
        function.instance.publisher.wait()

    def fire(self) -> None:
        """Publish the ReminderDue if it still waits, and deliver it to notify-user."""
        for due in [event for event in self.schedule.scheduled if isinstance(event.data, ReminderDue)]:
            self.schedule.clock.now = HALF_PAST
            self.schedule.database.run("DELETE FROM delivery.outbox WHERE id = :id", id=due.attributes.id)
            self.deliver(self.notify, due)

    def send_requested(self) -> None:
        """Deliver each NotificationRequested to send-notification."""
        for event in [event for event in self.notify.emitted if isinstance(event.data, NotificationRequested)]:
            self.deliver(self.send, event)

    def count_delivered(self) -> int:
        """Return the number of delivered notifications."""
        return self.send.emitted_types().count("NotificationDelivered")


def end_before_reminder(functions: ReminderFunctions, kind: type[TaskEvent]) -> Event[EventData]:
    """Return the end of the task. Its reminder is due a minute later."""
    status = "completed" if kind is TaskCompleted else "open"
    functions.schedule.clock.forward(minutes=29)
    return a_task_event(kind, a_task(status=status, version=2, updated_at=NOON + 25 * MINUTE))


@pytest.fixture
def functions(function: Load) -> ReminderFunctions:
    """The functions, with a reminder that is scheduled for 12:30."""
    functions = ReminderFunctions(function)
    functions.deliver(functions.schedule, a_task_event(TaskCreated))
    return functions


@pytest.mark.parametrize("kind", [TaskCompleted, TaskDeleted])
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_a_reminder_of_an_ended_task_never_fires_in_any_order_of_events(
    functions: ReminderFunctions, function: Load, kind: type[TaskEvent], order: tuple[Step, ...]
) -> None:
    """The task ends before the moment. One of two functions handles that in time, the other at any time."""
    set_preferences(function, channels=[{"type": "webhook", "url": "http://127.0.0.1:9/"}])
    ended = end_before_reminder(functions, kind)
    for step in order:
        if step == "fire":
            functions.fire()
        elif step == "send":
            functions.send_requested()
        else:
            functions.deliver(functions.cancel if step == "cancel" else functions.withdraw, ended)
    functions.send_requested()
    assert functions.schedule.database.rows("SELECT * FROM notifications.attempts") == []
    assert stored_reminders(functions.schedule) == [("cancelled", "12:30")]
    assert "NotificationFailed" not in functions.send.emitted_types()


@pytest.mark.parametrize("kind", [TaskCompleted, TaskDeleted])
@pytest.mark.parametrize("order", list(permutations(("cancel", "withdraw", "fire"))), ids="-".join)
def test_an_ended_task_is_in_the_app_only_if_the_reminder_fires_first(
    functions: ReminderFunctions, kind: type[TaskEvent], order: tuple[str, ...]
) -> None:
    """In the app the attempt is made when the reminder fires. An end that is handled before that prevents it."""
    ended = end_before_reminder(functions, kind)
    for step in order:
        if step == "fire":
            functions.fire()
        else:
            functions.deliver(functions.cancel if step == "cancel" else functions.withdraw, ended)
    assert functions.count_delivered() == (order[0] == "fire")


@pytest.mark.parametrize("order", list(permutations(("schedule", "cancel", "withdraw"))), ids="-".join)
def test_a_reminder_of_a_reopened_task_fires_once_in_any_order_of_events(
    functions: ReminderFunctions, order: tuple[str, ...]
) -> None:
    """The task is completed and reopened before the moment; the completion does not withdraw the newer firing."""
    completed = a_task_event(TaskCompleted, a_task(status="completed", version=2, updated_at=NOON + 5 * MINUTE))
    reopened = a_task_event(TaskReopened, a_task(version=3, updated_at=NOON + 10 * MINUTE))
    functions.schedule.clock.forward(minutes=29)
    for step in order:
        event = reopened if step == "schedule" else completed
        functions.deliver(getattr(functions, step), event)
    functions.fire()
    functions.send_requested()
    assert functions.count_delivered() == 1
    assert stored_reminders(functions.schedule) == [("scheduled", "12:30")]


@pytest.mark.parametrize("order", list(permutations(("schedule", "cancel"))), ids="-".join)
def test_a_snooze_does_not_survive_the_completion_of_its_task(
    functions: ReminderFunctions, function: Load, order: tuple[str, ...]
) -> None:
    """After the task is reopened, the reminder fires at its planned moment, in both orders of the two events."""
    api = function("reminders")
    (reminder,) = (api.call("GET", "/reminders").json or {})["items"]
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT20M"})
    completed = a_task(status="completed", version=2, updated_at=NOON + 5 * MINUTE)
    reopened = an_event(TaskReopened(task=a_task(version=3, updated_at=NOON + 10 * MINUTE), previous=completed))
    functions.schedule.clock.forward(minutes=25)
    for step in order:
        functions.deliver(
            getattr(functions, step), reopened if step == "schedule" else a_task_event(TaskCompleted, completed)
        )
    assert waiting_firings(functions.schedule) == ["12:30"]
    assert stored_reminders(functions.schedule) == [("scheduled", "12:30")]


def waiting_as_of(functions: ReminderFunctions) -> str:
    """Return the time of the change that the waiting ReminderDue was planned from, as hh:mm."""
    (due,) = functions.schedule.scheduled
    assert isinstance(due.data, ReminderDue)
    return f"{due.data.as_of:%H:%M}"


@pytest.mark.parametrize(("version", "expected"), [(2, "12:00"), (3, "12:20")], ids=["next version", "version missed"])
def test_a_firing_is_replaced_if_a_version_was_missed(
    functions: ReminderFunctions, version: int, expected: str
) -> None:
    """The missed version may be a completion, so the firing names the current change of the task."""
    assert waiting_as_of(functions) == "12:00"
    changed = a_task(version=version, priority="high", updated_at=NOON + 20 * MINUTE)
    functions.deliver(functions.schedule, a_task_event(TaskUpdated, changed))
    assert waiting_as_of(functions) == expected
    assert waiting_firings(functions.schedule) == ["12:30"]
    assert functions.schedule.emitted_types() == ["ReminderScheduled"]


def test_a_task_that_ends_after_a_snooze_withdraws_the_reminder(functions: ReminderFunctions, function: Load) -> None:
    """The ReminderDue names the time of the snooze; the completion is later."""
    api = function("reminders")
    (reminder,) = (api.call("GET", "/reminders").json or {})["items"]
    api.clock.forward(minutes=1)
    api.call("POST", f"/reminders/{reminder['id']}/snooze", {"for": "PT1H"})
    assert waiting_as_of(functions) == "12:01"
    api.clock.now += timedelta(minutes=1)
    ended = a_task(status="completed", version=2, updated_at=api.clock.now)
    functions.deliver(functions.withdraw, a_task_event(TaskCompleted, ended))
    (due,) = api.scheduled
    api.clock.now += timedelta(hours=1)
    functions.deliver(functions.notify, due)
    functions.send_requested()
    assert functions.count_delivered() == 0
