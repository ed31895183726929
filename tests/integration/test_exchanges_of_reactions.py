"""The exchanges of each reaction with PostgreSQL for one event, publishing included: at most four."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from events.data import EventData
from events.event import Event
from events.notification import NotificationDelivered
from events.reminder import ReminderDue
from events.task import TaskCompleted, TaskCreated
from functions.chassis.messaging import sent_rows
from knative.function_list import load_function_list
from tests.exchanges import count_exchanges
from tests.functions import FunctionUnderTest, Load
from tests.integration.reminders.reminder_helpers import a_task_event
from tests.samples import NOON, a_notification, a_reminder, a_task, an_event

LIST = Path(__file__).parents[2] / "knative" / "chart" / "functions.yaml"
REACTIONS = sorted(entry.name for entry in load_function_list(LIST).functions if entry.triggers)
NOT_COUNTED = {
    "create-next-occurrence": "calls tasks over HTTP, which stores the occurrence",
    "relay-outbox": "is no reaction: it runs the outbox",
    "send-notification": "reads before it sends over the network, and writes afterwards",
}
"""Functions with triggers that this module does not list, with the reason."""

MAX_EXCHANGES = 4


def schedule(_function: Load) -> Event[EventData]:
    """Return the creation of a task with a reminder."""
    return a_task_event(TaskCreated, a_task())


def complete(function: Load) -> Event[EventData]:
    """Return the completion of a task that has a scheduled reminder."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated, a_task()))
    return a_task_event(TaskCompleted, a_task(version=2, status="completed"))


def deliver_notification(function: Load) -> Event[EventData]:
    """Return the delivery of a notification of a scheduled reminder."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated, a_task()))
    [row] = function("reminders").database.rows("SELECT id, remind_at FROM reminders.reminders")
    about = {"reminder_id": row["id"], "remind_at": row["remind_at"], "delivered_at": row["remind_at"]}
    return an_event(NotificationDelivered(notification=a_notification(**about)), by="send-notification")


def remind(_function: Load) -> Event[EventData]:
    """Return a reminder that falls due, for the app."""
    return an_event(ReminderDue(reminder=a_reminder()), by="schedule-reminders")


EVENTS: dict[str, Callable[[Load], Event[EventData]]] = {
    "append-audit": schedule,
    "cancel-reminders": complete,
    "notify-user": remind,
    "schedule-reminders": schedule,
    "settle-reminder": deliver_notification,
    "withdraw-notifications": complete,
}


@pytest.fixture(autouse=True)
def _one_deletion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of sent events are deleted together at the end of the test, however slow the machine is."""
    monkeypatch.setattr(sent_rows, "LINGER_SECONDS", 60.0)


@pytest.fixture
def used(function: Load) -> Callable[[str], FunctionUnderTest]:
    """Load a function that has handled an event already, so that its key and its connection are there."""

    def load_used(name: str) -> FunctionUnderTest:
        loaded = function(name)
        if name == "append-audit":
            loaded.deliver(a_task_event(TaskCreated, a_task()))
        return loaded

    return load_used


def test_every_reaction_is_counted() -> None:
    """A new reaction has an event here, or a reason."""
    assert sorted([*EVENTS, *NOT_COUNTED]) == REACTIONS


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_takes_at_most_four_exchanges(
    name: str, function: Load, used: Callable[[str], FunctionUnderTest]
) -> None:
    """From its claim to the deletion of the events that it led to."""
    event = EVENTS[name](function)
    reaction = used(name)
    reaction.clock.now = NOON + timedelta(hours=1)
    with count_exchanges() as exchanges:
        assert reaction.deliver(event).status_code == 202
        reaction.instance.publisher.wait()
    listed = "\n".join(f"{number}: {'; '.join(one)}" for number, one in enumerate(exchanges, start=1))
    assert len(exchanges) <= MAX_EXCHANGES, listed


@pytest.mark.parametrize("name", ["schedule-reminders", "cancel-reminders"])
def test_a_duplicate_takes_two_exchanges(name: str, function: Load) -> None:
    """The claim is in the first exchange, and the rollback is the second."""
    event = EVENTS[name](function)
    reaction = function(name)
    reaction.deliver(event)
    reaction.instance.publisher.wait()
    with count_exchanges() as exchanges:
        assert reaction.deliver(event).status_code == 202
    assert [exchange[-1] for exchange in exchanges][1:] == ["ROLLBACK"]
