"""Tests of redriving: sending a dead letter's event again."""

from typing import Any

import pytest

from events.ticks import OutboxDue
from tests.event_encoding import encode_document
from tests.functions import FunctionUnderTest, Load
from tests.integration.delivery.dead_letter_requests import list_items, make_task_event, post_undelivered, redrive
from tests.samples import NOON, an_event


def test_a_redriven_event_is_published_unchanged(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The same event, with its source and id, is published, and the dead letter's status changes."""
    event = make_task_event()
    post_undelivered(sink, event)
    (letter,) = list_items(delivery)
    answer = redrive(delivery, letter)
    assert answer.status_code == 202
    assert delivery.emitted == [event]
    assert delivery.database.rows("SELECT * FROM delivery.outbox") == []
    assert [item["status"] for item in list_items(delivery)] == ["redriven"]
    assert list_items(delivery) == [answer.get_json()]


def test_a_redriven_event_is_handled_only_by_the_function_that_failed(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, function: Load
) -> None:
    """A function that has handled the event does nothing; a function that has not handles it."""
    event = make_task_event()
    append = function("append-audit")
    append.deliver(event)
    post_undelivered(sink, event)
    (letter,) = list_items(delivery)
    redrive(delivery, letter)
    (redriven,) = delivery.emitted
    append.deliver(redriven)
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1
    append.database.run("TRUNCATE delivery.inbox, audit.entries")
    append.deliver(redriven)
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1


def test_a_redriven_event_that_fails_again_is_open_again(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The same dead letter has the status open, and still shows when it was redriven."""
    event = make_task_event()
    post_undelivered(sink, event)
    (letter,) = list_items(delivery)
    redrive(delivery, letter)
    post_undelivered(sink, event)
    (reopened,) = list_items(delivery, "status=open")
    assert (reopened["id"], reopened["count"]) == (letter["id"], 2)
    assert reopened["redrivenAt"] is not None


def test_a_redriven_event_waits_in_the_outbox_for_the_bus(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """If the bus is down, the event stays in the outbox, and is published later."""
    post_undelivered(sink, make_task_event())
    (letter,) = list_items(delivery)
    delivery.broker.status = 400
    redrive(delivery, letter)
    assert delivery.emitted == []
    (row,) = delivery.database.rows("SELECT * FROM delivery.outbox")
    assert row["event"] == letter["event"]


@pytest.mark.parametrize(
    ("change", "named"),
    [({"specversion": "0.3"}, "specversion"), ({"type": None}, "type"), ({"id": "not-a-uuid"}, "id: is not a UUID")],
)
def test_an_invalid_event_is_not_redriven(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, change: dict[str, Any], named: str
) -> None:
    """An event that the outbox cannot publish is rejected, and the problem names the wrong attribute."""
    document = {**encode_document(make_task_event()), **change}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = list_items(delivery)
    answer = redrive(delivery, letter)
    assert answer.status_code == 422
    assert named in answer.get_json()["detail"]
    assert [item["status"] for item in list_items(delivery)] == ["open"]


def test_an_event_of_an_unknown_type_is_redriven(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """Another release may know the type, so the event is published unchanged, and its subscribers decide."""
    document = {**encode_document(make_task_event()), "type": "todo.TaskArchived", "data": {"task": 1}}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = list_items(delivery)
    assert redrive(delivery, letter).status_code == 202
    delivery.instance.publisher.wait()
    assert delivery.broker.documents == [document]


def test_a_clock_event_is_not_redriven(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """OutboxDue is never stored in the outbox, and a late one has no use."""
    post_undelivered(sink, an_event(OutboxDue(due_at=NOON)))
    (letter,) = list_items(delivery)
    assert redrive(delivery, letter).status_code == 422
    assert delivery.database.rows("SELECT * FROM delivery.outbox") == []
