"""The list of all event types of the system."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final, cast

from events.data import EventData

_MODELS: Final = {
    "todo.TaskCreated": "events.task:TaskCreated",
    "todo.TaskUpdated": "events.task:TaskUpdated",
    "todo.TaskCompleted": "events.task:TaskCompleted",
    "todo.TaskReopened": "events.task:TaskReopened",
    "todo.TaskDeleted": "events.task:TaskDeleted",
    "todo.ReminderScheduled": "events.reminder:ReminderScheduled",
    "todo.ReminderDue": "events.reminder:ReminderDue",
    "todo.ReminderSnoozed": "events.reminder:ReminderSnoozed",
    "todo.ReminderCancelled": "events.reminder:ReminderCancelled",
    "todo.ReminderDelivered": "events.reminder:ReminderDelivered",
    "todo.ReminderFailed": "events.reminder:ReminderFailed",
    "todo.NotificationRequested": "events.notification:NotificationRequested",
    "todo.NotificationSent": "events.notification:NotificationSent",
    "todo.NotificationDelivered": "events.notification:NotificationDelivered",
    "todo.NotificationFailed": "events.notification:NotificationFailed",
    "todo.SubjectForgotten": "events.audit:SubjectForgotten",
    "todo.OutboxDue": "events.ticks:OutboxDue",
    "dev.knative.sources.ping": "events.ticks:PingTicked",
}
"""The module and the class of each type's model."""


class _Catalogue(Mapping[str, type[EventData]]):
    """Imports the module of a model when the model is looked up, because a function uses few of them."""

    def __getitem__(self, event_type: str) -> type[EventData]:
        return _import_model(event_type)

    def __contains__(self, event_type: object) -> bool:
        return event_type in _MODELS

    def __iter__(self) -> Iterator[str]:
        return iter(_MODELS)

    def __len__(self) -> int:
        return len(_MODELS)


@cache
def _import_model(event_type: str) -> type[EventData]:
    module, _, name = _MODELS[event_type].partition(":")
    return cast("type[EventData]", getattr(import_module(module), name))


CATALOGUE: Final[Mapping[str, type[EventData]]] = _Catalogue()
"""The model of each event's data, by the CloudEvents ``type`` of the event."""
