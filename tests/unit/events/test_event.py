"""What an event's attributes say of it."""

from urllib.parse import urlsplit

import pytest

from events.catalogue import CATALOGUE
from events.data import EventData
from events.event import Cause, Event
from events.task import Recurrence, TaskCreated, TaskUpdated
from tests.samples import EVERY_KIND, NOON, a_task, an_event, some_data


def test_a_task_event_says_what_a_trigger_needs() -> None:
    """A task's event names its task, its user, and that it has reminders and no recurrence."""
    said = Event.create(TaskCreated(task=a_task()), by="tasks", cause=Cause("story", "before", "00-trace"), time=NOON)
    attributes = said.attributes.on_the_wire()
    task_id = str(a_task().id)
    assert attributes == {
        "specversion": "1.0",
        "id": said.attributes.id,
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


def test_routing_facts_hold_for_what_a_task_had_before() -> None:
    """A task that lost its recurrence and its reminders is still routed to those who must take them back."""
    before = a_task(recurrence=Recurrence(rule="FREQ=DAILY"))
    said = an_event(TaskUpdated(task=a_task(reminders=[], version=2), previous=before)).attributes
    assert (said.recurring, said.reminders) == ("true", "true")


def test_a_plain_task_wakes_nobody_for_nothing() -> None:
    """A task without recurrence and reminders has neither routing fact."""
    said = an_event(TaskCreated(task=a_task(reminders=[]))).attributes
    assert (said.recurring, said.reminders) == (None, None)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_all_but_the_clock_is_audited(kind: type[EventData]) -> None:
    """Every event of a domain is for the audit log, the clock's are not."""
    clock = {"todo.OutboxDue", "dev.knative.sources.ping"}
    assert an_event(some_data(kind)).attributes.audited == (None if kind.type in clock else "true")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_schema_is_named_by_an_absolute_uri(kind: type[EventData]) -> None:
    """Every event's dataschema has a scheme: a Knative broker refuses an event that has a relative one."""
    assert urlsplit(str(an_event(some_data(kind)).attributes.dataschema)).scheme


def test_the_cause_of_a_reaction_is_the_event() -> None:
    """What follows from an event keeps its correlation, or begins one where a stranger sent it."""
    event = an_event(TaskCreated(task=a_task()))
    assert event.cause == Cause("a-correlation-id", event.attributes.id, None)
    strange = an_event(TaskCreated(task=a_task()), correlationid=None)
    assert strange.cause.correlationid == strange.attributes.id


def test_the_catalogue_is_keyed_by_type() -> None:
    """Each type is listed once, under its own name."""
    assert all(data.type == name for name, data in CATALOGUE.items())
    assert CATALOGUE["todo.TaskCreated"] is TaskCreated
