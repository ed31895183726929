"""Tests of the dead-letter sink: which requests it stores, and as what."""

import json
from base64 import b64encode

import pytest

from functions.chassis.http.error_responses import MAX_BODY
from tests.event_encoding import encode_document, encode_structured
from tests.functions import FunctionUnderTest, Load
from tests.integration.delivery.dead_letter_requests import OPERATOR, list_items, make_task_event, post_undelivered


def test_an_undelivered_event_is_stored_with_the_reason(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """A dead letter contains the event without the Broker's extensions, its destination, and the failure's reason."""
    event = make_task_event()
    answer = post_undelivered(sink, event)
    assert (answer.status_code, answer.data) == (202, b"")
    (letter,) = list_items(delivery)
    assert letter["event"] == encode_document(event)
    assert (letter["destination"], letter["code"]) == ("http://schedule-reminders.todo", 422)
    assert letter["reason"] == '{"detail": "no"}'
    assert (letter["status"], letter["count"], letter["redrivenAt"]) == ("open", 1, None)
    read = delivery.call("GET", f"/delivery/dead-letters/{letter['id']}", roles=OPERATOR)
    assert read.get_json() == letter


def test_an_event_in_structured_mode_is_stored_in_the_same_way(
    sink: FunctionUnderTest, delivery: FunctionUnderTest
) -> None:
    """The error extensions are read from a structured event too."""
    event = make_task_event()
    document = json.loads(encode_structured(event)[1]) | {"knativeerrorcode": 503, "knativeerrordest": "x"}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = list_items(delivery)
    assert (letter["event"], letter["code"], letter["destination"]) == (encode_document(event), 503, "x")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"ce-specversion": "1.0", "ce-type": "todo.Unheard", "ce-id": "1", "ce-source": "/x"}, b"{}"),
        ({"ce-specversion": "1.0", "ce-type": "todo.TaskCreated", "ce-id": "1", "ce-source": "/x"}, b'{"task":'),
        ({"ce-specversion": "1.0", "ce-subject": "a%00b"}, b'{"a": "\\u0000"}'),
        ({"ce-knativeerrorcode": "many", "ce-knativeerrordata": "not base64!"}, b""),
        ({"ce-knativeerrordata": b64encode(b"\x00\xff").decode()}, b"\xff"),
        ({"content-type": "application/cloudevents+json"}, b'{"id": ["odd"], "source": {}, "type": 5}'),
        ({}, b"x" * (MAX_BODY + 1)),
        ({}, b""),
    ],
)
def test_any_request_is_stored(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, headers: dict[str, str], body: bytes
) -> None:
    """An event that is unknown, malformed or too large for every function is stored and listed."""
    assert sink.client.post("/", data=body, headers=headers).status_code == 202
    assert len(list_items(delivery)) == 1


def test_a_long_reason_is_truncated(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The first 4000 characters of a subscriber's response are stored."""
    post_undelivered(sink, make_task_event(), **{"ce-knativeerrordata": b64encode(b"x" * 9000).decode()})
    assert len(list_items(delivery)[0]["reason"]) == 4000


def test_a_repeated_failure_is_counted_on_one_dead_letter(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The same event at the same destination is counted; at another destination it is another dead letter."""
    event = make_task_event()
    post_undelivered(sink, event)
    sink.clock.forward(minutes=1)
    post_undelivered(sink, event)
    (letter,) = list_items(delivery)
    assert (letter["count"], letter["firstSeen"], letter["lastSeen"]) == (
        2,
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:01:00Z",
    )
    post_undelivered(sink, event, **{"ce-knativeerrordest": "http://append-audit.todo"})
    assert len(list_items(delivery)) == 2


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 405), ("POST", "/elsewhere", 404)])
def test_other_methods_and_paths_are_rejected(sink: FunctionUnderTest, method: str, path: str, status: int) -> None:
    """The sink accepts only POST requests to its root."""
    assert sink.client.open(path, method=method).status_code == status


def test_an_unavailable_database_is_answered_with_503(function: Load) -> None:
    """The Broker then sends the dead letter again."""
    unavailable = "postgresql+pg8000://todo_delivery:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
    sink = function("keep-dead-letter", DATABASE_URL=unavailable)
    assert post_undelivered(sink, make_task_event()).status_code == 503
