"""What the reminders' tests share: a task's story as events, and what became of its reminders."""

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


def task_event(kind: type[TaskEvent], task: Task | None = None, **attributes: Any) -> Event[EventData]:
    """Return an event of a task that has, or had, reminders."""
    task = task or a_task()
    previous = a_task(version=task.version - 1) if task.version > 1 else None
    return an_event(kind(task=task, previous=previous), time=task.updated_at, **attributes)


def reminders_said(function: FunctionUnderTest) -> list[tuple[str, str]]:
    """Return what was said of reminders: the name of the event, and the reminder's moment as hh:mm."""
    return [
        (name, f"{event.data.reminder.remind_at:%H:%M}")
        for name, event in zip(function.emitted_types(), function.emitted, strict=True)
        if isinstance(event.data, ReminderEvent)
    ]


def firings(function: FunctionUnderTest) -> list[str]:
    """Return the moments for which a ReminderDue waits, as hh:mm."""
    return [f"{event.attributes.time:%H:%M}" for event in function.scheduled]


def rows(function: FunctionUnderTest) -> list[tuple[str, str]]:
    """Return each reminder's status and moment as hh:mm, soonest first."""
    found = function.database.rows("SELECT status, remind_at FROM reminders.reminders ORDER BY remind_at, id")
    return [(row["status"], f"{row['remind_at'].astimezone(NOON.tzinfo):%H:%M}") for row in found]


def made(api: FunctionUnderTest, body: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    """Schedule a reminder and return it."""
    answer = api.call("POST", "/reminders/schedule", body or TEA, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def prefer(function: Load, **preferences: Any) -> None:
    """Let alice prefer to be notified so; in the app unless other channels are named."""
    body = {"channels": [{"type": "inApp"}], **preferences}
    answer = function("notifications").call("PUT", "/notifications/alice/preferences", body)
    assert answer.status_code == 200, answer.text


def fire(function: Load, api: FunctionUnderTest, *, late: timedelta = timedelta()) -> list[str]:
    """Let the one reminder that waits fall due, so late, and return what follows from it until it is settled.

    What is put off to another time is not followed any further.
    """
    (due,) = api.scheduled
    assert isinstance(due.data, ReminderDue)
    api.clock.now = due.data.reminder.remind_at + late
    followers = {
        "todo.ReminderDue": function("notify-user"),
        "todo.NotificationRequested": function("send-notification"),
        "todo.NotificationDelivered": function("settle-reminder"),
        "todo.NotificationFailed": function("settle-reminder"),
    }
    before, heard = len(api.emitted), 0
    ahead = [due]
    while ahead:
        for event in ahead:
            for _ in range(2):  # whatever comes twice is handled once
                follower = followers.get(event.attributes.type)
                assert follower is None or follower.deliver(event).status_code == 202
        heard += len(ahead)
        for follower in followers.values():
            follower.instance.publisher.wait()
        ahead = api.emitted[before + heard - 1 :]
    return [event.attributes.type.removeprefix("todo.") for event in api.emitted[before:]]


def deliver(api: FunctionUnderTest) -> None:
    """Let every reminder's firing have gone out and been delivered."""
    api.database.run("DELETE FROM delivery.outbox")
    api.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
