"""Dead letters: kept, shown, and sent again."""

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from events.data import EventData
from events.event import Event
from events.task import TaskCompleted, TaskCreated
from events.ticks import OutboxDue
from functions.chassis.http.app_hooks import MAX_BODY
from tests.event_encoding import encode_binary, encode_document, encode_structured
from tests.functions import FunctionUnderTest, Load
from tests.samples import NOON, a_task, an_event

OPERATOR = ("operator",)
ERRORS = {
    "ce-knativeerrordest": "http://schedule-reminders.todo",
    "ce-knativeerrorcode": "422",
    "ce-knativeerrordata": b64encode(b'{"detail": "no"}').decode(),
}


@pytest.fixture
def sink(function: Load) -> FunctionUnderTest:
    """The broker's dead-letter sink."""
    return function("keep-dead-letter")


@pytest.fixture
def delivery(sink: FunctionUnderTest, function: Load) -> FunctionUnderTest:
    """The delivery service, beside the sink."""
    assert sink
    return function("delivery")


def an_event_of_ours(**changes: Any) -> Event[EventData]:
    """Return an event that a broker may give up."""
    return an_event(TaskCreated(task=a_task(**changes)))


def give_up(sink: FunctionUnderTest, event: Event[EventData], **headers: str) -> TestResponse:
    """Send an event to the sink as a broker does."""
    binary, body = encode_binary(event)
    return sink.client.post("/", data=body, headers={**binary, **ERRORS, **headers})


def listed(delivery: FunctionUnderTest, query: str = "") -> list[dict[str, Any]]:
    """Return the items of a page."""
    answer = delivery.call("GET", f"/delivery/dead-letters?{query}", roles=OPERATOR)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_what_the_broker_gives_up_is_kept_with_the_reason(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """A dead letter holds the event without the broker's additions, whom it was for, and why it did not get there."""
    event = an_event_of_ours()
    answer = give_up(sink, event)
    assert (answer.status_code, answer.data) == (202, b"")
    (letter,) = listed(delivery)
    assert letter["event"] == encode_document(event)
    assert (letter["destination"], letter["code"]) == ("http://schedule-reminders.todo", 422)
    assert letter["reason"] == '{"detail": "no"}'
    assert (letter["status"], letter["count"], letter["redrivenAt"]) == ("open", 1, None)
    alone = delivery.call("GET", f"/delivery/dead-letters/{letter['id']}", roles=OPERATOR)
    assert alone.get_json() == letter


def test_structured_mode_is_kept_alike(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The error extensions are found in a structured event too."""
    event = an_event_of_ours()
    document = json.loads(encode_structured(event)[1]) | {"knativeerrorcode": 503, "knativeerrordest": "x"}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = listed(delivery)
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
def test_anything_is_kept(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, headers: dict[str, str], body: bytes
) -> None:
    """An event that is unknown, malformed or too large for every function is kept, and can be read."""
    assert sink.client.post("/", data=body, headers=headers).status_code == 202
    assert len(listed(delivery)) == 1


def test_a_long_reason_is_cut(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """A page of a subscriber's error text is enough."""
    give_up(sink, an_event_of_ours(), **{"ce-knativeerrordata": b64encode(b"x" * 9000).decode()})
    assert len(listed(delivery)[0]["reason"]) == 4000


def test_the_same_event_for_the_same_function_is_one_dead_letter(
    sink: FunctionUnderTest, delivery: FunctionUnderTest
) -> None:
    """A repeat is counted; another destination is another dead letter."""
    event = an_event_of_ours()
    give_up(sink, event)
    sink.clock.forward(minutes=1)
    give_up(sink, event)
    (letter,) = listed(delivery)
    assert (letter["count"], letter["firstSeen"], letter["lastSeen"]) == (
        2,
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:01:00Z",
    )
    give_up(sink, event, **{"ce-knativeerrordest": "http://append-audit.todo"})
    assert len(listed(delivery)) == 2


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 405), ("POST", "/elsewhere", 404)])
def test_the_sink_takes_posts_to_its_root(sink: FunctionUnderTest, method: str, path: str, status: int) -> None:
    """Anything else is no dead letter."""
    assert sink.client.open(path, method=method).status_code == status


def test_without_a_database_the_broker_is_to_try_again(function: Load) -> None:
    """Only a database that is down keeps a dead letter from being kept."""
    nowhere = "postgresql+pg8000://todo_delivery:x@/todo?unix_sock=/nowhere/.s.PGSQL.5432"
    sink = function("keep-dead-letter", DATABASE_URL=nowhere)
    assert give_up(sink, an_event_of_ours()).status_code == 503


def test_dead_letters_are_found_by_status_and_type(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """Filters combine; the newest comes first; pages follow each other."""
    for number in range(5):
        data = (TaskCreated if number % 2 else TaskCompleted)(task=a_task())
        give_up(sink, an_event(data, id=f"event-{number}"))
        sink.clock.forward(seconds=number // 2)
    assert [item["event"]["id"] for item in listed(delivery, "type=todo.TaskCreated")] == ["event-3", "event-1"]
    assert listed(delivery, "status=redriven") == []
    seen, cursor = list[str](), ""
    while True:
        answer = delivery.call("GET", f"/delivery/dead-letters?limit=2{cursor}", roles=OPERATOR).get_json()
        seen += [item["event"]["id"] for item in answer["items"]]
        if not answer["next"]:
            break
        cursor = f"&cursor={answer['next']}"
    assert sorted(seen) == [f"event-{number}" for number in range(5)]
    assert seen[0] == "event-4"


def test_a_redriven_event_is_said_again_unchanged(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The same event, by its source and id, goes to the broker; the dead letter says so."""
    event = an_event_of_ours()
    give_up(sink, event)
    (letter,) = listed(delivery)
    answer = delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    assert answer.status_code == 202
    assert delivery.emitted == [event]
    assert delivery.database.rows("SELECT * FROM delivery.outbox") == []
    assert [item["status"] for item in listed(delivery)] == ["redriven"]
    assert listed(delivery) == [answer.get_json()]


def test_a_redriven_event_is_handled_by_whom_it_failed_only(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, function: Load
) -> None:
    """A function that handled the event before does nothing; one that did not does its work."""
    event = an_event_of_ours()
    append = function("append-audit")
    append.deliver(event)
    give_up(sink, event)
    (letter,) = listed(delivery)
    delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    (again,) = delivery.emitted
    append.deliver(again)
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1
    append.database.run("TRUNCATE delivery.inbox, audit.entries")
    append.deliver(again)
    assert len(append.database.rows("SELECT * FROM audit.entries")) == 1


def test_what_fails_again_is_open_again(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """The same dead letter comes back to the list of what is to be seen to, and keeps when it was sent again."""
    event = an_event_of_ours()
    give_up(sink, event)
    (letter,) = listed(delivery)
    delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    give_up(sink, event)
    (again,) = listed(delivery, "status=open")
    assert (again["id"], again["count"]) == (letter["id"], 2)
    assert again["redrivenAt"] is not None


def test_a_redriven_event_survives_a_dead_bus(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """What was asked for is in the outbox, and goes out when the bus is back."""
    give_up(sink, an_event_of_ours())
    (letter,) = listed(delivery)
    delivery.broker.status = 400
    delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    assert delivery.emitted == []
    (row,) = delivery.database.rows("SELECT * FROM delivery.outbox")
    assert row["event"] == letter["event"]


@pytest.mark.parametrize(
    ("change", "named"),
    [({"specversion": "0.3"}, "specversion"), ({"type": None}, "type"), ({"id": "not-a-uuid"}, "id is not a UUID")],
)
def test_what_cannot_be_said_is_not_sent_again(
    sink: FunctionUnderTest, delivery: FunctionUnderTest, change: dict[str, Any], named: str
) -> None:
    """What is no CloudEvent, or was never in the outbox, is refused with what is wrong about it."""
    document = {**encode_document(an_event_of_ours()), **change}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = listed(delivery)
    answer = delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    assert answer.status_code == 422
    assert named in answer.get_json()["detail"]
    assert [item["status"] for item in listed(delivery)] == ["open"]


def test_what_another_version_may_know_is_sent_again(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """Whether anybody can take an event is for whoever hears it to judge: it goes out as it was."""
    document = {**encode_document(an_event_of_ours()), "type": "todo.TaskArchived", "data": {"task": 1}}
    sink.client.post("/", json=document, content_type="application/cloudevents+json")
    (letter,) = listed(delivery)
    assert delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR).status_code == 202
    delivery.instance.publisher.wait()
    assert delivery.broker.documents == [document]


def test_a_clocks_event_is_not_sent_again(sink: FunctionUnderTest, delivery: FunctionUnderTest) -> None:
    """A wake-up is of its moment; it never was in the outbox, and is not put there."""
    give_up(sink, an_event(OutboxDue(due_at=NOON)))
    (letter,) = listed(delivery)
    answer = delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
    assert answer.status_code == 422
    assert delivery.database.rows("SELECT * FROM delivery.outbox") == []


def test_a_dead_letter_that_is_not_there_is_not_found(delivery: FunctionUnderTest) -> None:
    """An unknown id is answered with 404."""
    path = f"/delivery/dead-letters/{uuid4()}"
    assert delivery.call("GET", path, roles=OPERATOR).status_code == 404
    assert delivery.call("POST", f"{path}/redrive", roles=OPERATOR).status_code == 404


def test_dead_letters_are_for_operators(delivery: FunctionUnderTest) -> None:
    """A user may neither read nor send again."""
    path = f"/delivery/dead-letters/{uuid4()}"
    statuses = [delivery.call("GET", "/delivery/dead-letters").status_code]
    statuses += [delivery.call("GET", path).status_code, delivery.call("POST", f"{path}/redrive").status_code]
    assert statuses == [403, 403, 403]
