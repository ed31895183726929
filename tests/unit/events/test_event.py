"""Tests of the attributes of a new event."""

from importlib import import_module
from urllib.parse import urlsplit

import pytest

from events.catalogue import CATALOGUE
from events.data import EventData
from events.event import Cause, Event
from events.task import Recurrence, TaskCreated, TaskUpdated
from tests.samples import EVERY_KIND, NOON, a_task, an_event, some_data


def test_a_task_event_has_the_attributes_that_triggers_need() -> None:
    """The attributes name the task, its user, and that the task has reminders but no recurrence."""
    cause = Cause("story", "before", "00-trace")
    event = Event.create(TaskCreated(task=a_task()), service="tasks", cause=cause, time=NOON)
    attributes = event.attributes.serialize()
    task_id = str(a_task().id)
    assert attributes == {
        "specversion": "1.0",
        "id": event.attributes.id,
        "source": "/todo/tasks",
        "type": "todo.TaskCreated",
        "subject": task_id,
        "time": "2026-03-02T12:00:00Z",
        "dataschema": "urn:todo:schema:TaskCreated:1",
        "datacontenttype": "application/json",
        "partitionkey": task_id,
        "userid": "alice",
        "correlationid": "story",
        "causationid": "before",
        "traceparent": "00-trace",
        "reminders": "true",
        "audited": "true",
    }


def test_flags_include_what_a_task_had_before() -> None:
    """A task that lost its recurrence and its reminders still reaches the functions that must cancel them."""
    before = a_task(recurrence=Recurrence(rule="FREQ=DAILY"))
    attributes = an_event(TaskUpdated(task=a_task(reminders=[], version=2), previous=before)).attributes
    assert (attributes.recurring, attributes.reminders) == ("true", "true")


def test_a_plain_task_has_no_flags() -> None:
    """A task without recurrence and reminders starts no function that handles them."""
    attributes = an_event(TaskCreated(task=a_task(reminders=[]))).attributes
    assert (attributes.recurring, attributes.reminders) == (None, None)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_all_events_but_the_clocks_are_audited(kind: type[EventData]) -> None:
    """The audit log stores every event of a domain, but no ticks."""
    clock = {"todo.OutboxDue", "dev.knative.sources.ping"}
    assert an_event(some_data(kind)).attributes.audited == (None if kind.type in clock else "true")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_dataschema_is_an_absolute_uri(kind: type[EventData]) -> None:
    """A Knative broker rejects an event with a relative ``dataschema``."""
    assert urlsplit(str(an_event(some_data(kind)).attributes.dataschema)).scheme


def test_the_cause_of_a_reaction_is_the_event() -> None:
    """Reactions keep the correlation id of an event. The id of an event without one becomes the correlation id."""
    event = an_event(TaskCreated(task=a_task()))
    assert event.cause == Cause("a-correlation-id", event.attributes.id, None)
    foreign = an_event(TaskCreated(task=a_task()), correlationid=None)
    assert foreign.cause.correlationid == foreign.attributes.id


def test_the_catalogue_is_keyed_by_type() -> None:
    """Every model is listed under its own type."""
    assert all(data.type == name for name, data in CATALOGUE.items())
    assert CATALOGUE["todo.TaskCreated"] is TaskCreated


def test_the_catalogue_lists_every_model() -> None:
    """A model that a module defines and the catalogue lacks could not be decoded."""
    modules = {import_module(data.__module__) for data in CATALOGUE.values()}
    defined = {
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type)
        and issubclass(item, EventData)
        and not item.__subclasses__()
        and item is not EventData
    }
    assert defined == set(CATALOGUE.values())
