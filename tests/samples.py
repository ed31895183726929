"""Valid sample values for tests. Keyword arguments replace the fields that a test cares about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from events.audit import SubjectForgotten
from events.catalogue import CATALOGUE
from events.data import EventData
from events.event import Cause, Event
from events.notification import Notification, NotificationEvent
from events.reminder import Reminder, ReminderEvent
from events.task import Recurrence, ReminderSpec, Series, Task, TaskEvent
from events.ticks import OutboxDue, PingTicked

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TASK_ID = UUID("0195a000-0000-7000-8000-000000000001")
SERIES_ID = UUID("0195a000-0000-7000-8000-000000000002")


def a_task(**changes: Any) -> Task:
    """Return an open task of Alice's, due in an hour, with a reminder half an hour before."""
    fields: dict[str, Any] = {
        "id": TASK_ID,
        "user_id": "alice",
        "title": "Water the plants",
        "due_at": NOON + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
        "reminders": [ReminderSpec(before="PT30M")],
        "version": 1,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Task(**{**fields, **changes})


def a_series(**changes: Any) -> Series:
    """Return the series of a daily task on the wall clock of Berlin."""
    fields: dict[str, Any] = {
        "id": SERIES_ID,
        "start": datetime(2026, 3, 2, 14, 0),  # noqa: DTZ001 - a wall-clock time
        "time_zone": "Europe/Berlin",
        "recurrence": Recurrence(rule="FREQ=DAILY"),
    }
    return Series(**{**fields, **changes})


def a_reminder(**changes: Any) -> Reminder:
    """Return a scheduled reminder of Alice's, for noon."""
    fields: dict[str, Any] = {
        "id": UUID("0195a000-0000-7000-8000-000000000003"),
        "user_id": "alice",
        "task_id": TASK_ID,
        "title": "Water the plants",
        "at": NOON,
        "remind_at": NOON,
    }
    return Reminder(**{**fields, **changes})


def a_notification(**changes: Any) -> Notification:
    """Return a requested in-app notification of a reminder."""
    fields: dict[str, Any] = {
        "id": UUID("0195a000-0000-7000-8000-000000000004"),
        "user_id": "alice",
        "kind": "reminder",
        "channel": "inApp",
        "title": "Water the plants",
        "created_at": NOON,
    }
    return Notification(**{**fields, **changes})


def some_data(kind: type[EventData]) -> EventData:
    """Return valid data of an event type."""
    if issubclass(kind, TaskEvent):
        return kind(task=a_task())
    if issubclass(kind, ReminderEvent):
        return kind(reminder=a_reminder())
    if issubclass(kind, NotificationEvent):
        return kind(notification=a_notification())
    if kind is SubjectForgotten:
        return SubjectForgotten(user_id="alice", forgotten_at=NOON, by="olga")
    return OutboxDue(due_at=NOON) if kind is OutboxDue else PingTicked()


def an_event(data: EventData, *, by: str = "tasks", time: datetime = NOON, **attributes: Any) -> Event[EventData]:
    """Return an event with this data. ``attributes`` replace the generated ones."""
    event = Event.create(data, service=by, cause=Cause("a-correlation-id"), time=time)
    return Event(event.attributes.model_copy(update=attributes), data)


EVERY_KIND = tuple(CATALOGUE.values())
