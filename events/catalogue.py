"""The list of all event types of the system."""

from typing import Final

from events.audit import SubjectForgotten
from events.data import EventData
from events.notification import (
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
)
from events.reminder import (
    ReminderCancelled,
    ReminderDelivered,
    ReminderDue,
    ReminderFailed,
    ReminderScheduled,
    ReminderSnoozed,
)
from events.task import TaskCompleted, TaskCreated, TaskDeleted, TaskReopened, TaskUpdated
from events.ticks import OutboxDue, PingTicked

CATALOGUE: Final[dict[str, type[EventData]]] = {
    data.type: data
    for data in (
        TaskCreated,
        TaskUpdated,
        TaskCompleted,
        TaskReopened,
        TaskDeleted,
        ReminderScheduled,
        ReminderDue,
        ReminderSnoozed,
        ReminderCancelled,
        ReminderDelivered,
        ReminderFailed,
        NotificationRequested,
        NotificationSent,
        NotificationDelivered,
        NotificationFailed,
        SubjectForgotten,
        OutboxDue,
        PingTicked,
    )
}
"""The model of each event's data, by the CloudEvents ``type`` of the event."""
