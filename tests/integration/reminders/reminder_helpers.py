"""Helpers for the tests of reminders: task events, requests, and the stored and emitted reminders."""

from datetime import timedelta
from typing import Any

from events.data import EventData
from events.event import Event
from events.reminder import ReminderDue, ReminderEvent
from events.task import Task, TaskEvent
from tests.functions import FunctionUnderTest, Load
from tests.samples import NOON, a_task, an_event

MINUTE = timedelta(minutes=1)

TEA = {"title": "Tea", "at": "2026-03-02T12:10:00Z"}
"""The request for a reminder without a task."""


def a_task_event(kind: type[TaskEvent], task: Task | None = None, **attributes: Any) -> Event[EventData]:
    """Return an event of a task, by default of the sample task; later versions also name the version before."""
    task = task or a_task()
    previous = a_task(version=task.version - 1) if task.version > 1 else None
    return an_event(kind(task=task, previous=previous), time=task.updated_at, **attributes)


def emitted_reminder_events(function: FunctionUnderTest) -> list[tuple[str, str]]:
    """Return the type and the reminder's moment of each emitted event, such as ``("ReminderScheduled", "12:30")``."""
    return [
        (name, f"{event.data.reminder.remind_at:%H:%M}")
        for name, event in zip(function.emitted_types(), function.emitted, strict=True)
        if isinstance(event.data, ReminderEvent)
    ]


def waiting_firings(function: FunctionUnderTest) -> list[str]:
    """Return the moments for which a ReminderDue waits in the outbox, as hh:mm."""
    return [f"{event.attributes.time:%H:%M}" for event in function.scheduled]


def stored_reminders(function: FunctionUnderTest) -> list[tuple[str, str]]:
    """Return each stored reminder's status and moment as hh:mm, soonest first."""
    found = function.database.rows("SELECT status, remind_at FROM reminders.reminders ORDER BY remind_at, id")
    return [(row["status"], f"{row['remind_at'].astimezone(NOON.tzinfo):%H:%M}") for row in found]


def create_reminder(api: FunctionUnderTest, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    """Schedule a reminder over HTTP, by default ``TEA``, and return it."""
    response = api.call("POST", "/reminders/schedule", body or TEA, **headers)
    assert response.status_code == 201, response.text
    return dict(response.json or {})


def set_preferences(function: Load, **preferences: Any) -> None:
    """Store Alice's notification preferences; the channel is inApp unless ``channels`` are given."""
    body = {"channels": [{"type": "inApp"}], **preferences}
    response = function("notifications").call("PUT", "/notifications/alice/preferences", body)
    assert response.status_code == 200, response.text


def fire_reminder(function: Load, api: FunctionUnderTest, *, late: timedelta = timedelta()) -> list[str]:
    """Deliver the one waiting ReminderDue, ``late`` after its moment, and all events that follow from it.

    Each event is delivered twice, to test that duplicates change nothing. Returns the types of the events that
    followed. Events that wait for a later time are not delivered.
    """
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    api.clock.now = due.data.reminder.remind_at + late
    subscribers = {
        "todo.ReminderDue": function("notify-user"),
        "todo.NotificationRequested": function("send-notification"),
        "todo.NotificationDelivered": function("settle-reminder"),
        "todo.NotificationFailed": function("settle-reminder"),
    }
    before, delivered = len(api.emitted), 0
    undelivered = [due]
    while undelivered:
        for event in undelivered:
            for _ in range(2):
                subscriber = subscribers.get(event.attributes.type)
                assert subscriber is None or subscriber.deliver(event).status_code == 202
        delivered += len(undelivered)
        for subscriber in subscribers.values():
            subscriber.instance.publisher.wait()
        undelivered = api.emitted[before + delivered - 1 :]
    return [event.attributes.type.removeprefix("todo.") for event in api.emitted[before:]]


def mark_all_delivered(api: FunctionUnderTest) -> None:
    """Set every reminder to delivered in the database, and empty the outbox."""
    api.database.run("DELETE FROM delivery.outbox")
    api.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
