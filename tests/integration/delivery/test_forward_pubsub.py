"""The way from Dapr's pub/sub to the broker."""

import pytest

from events.data import EventData
from events.event import Event
from events.ticks import PingTicked
from functions.chassis.runtime.environment import SettingsError
from functions.delivery.forward_pubsub import broker_url
from tests.event_encoding import encode_document, encode_structured
from tests.functions import FunctionUnderTest, Load
from tests.samples import EVERY_KIND, an_event, some_data


def arrive(forward: FunctionUnderTest, event: Event[EventData]) -> int:
    """Deliver an event as Dapr does, and return the answer's status."""
    headers, body = encode_structured(event)
    return forward.client.post("/", data=body, headers=headers).status_code


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind is not PingTicked])
def test_every_event_goes_on_to_the_broker(function: Load, kind: type[EventData]) -> None:
    """What arrives is on the broker, unchanged, when it is accepted."""
    forward = function("forward-pubsub")
    event = an_event(some_data(kind))
    assert arrive(forward, event) == 202
    assert forward.broker.events == [event]


def test_what_the_broker_does_not_take_is_to_be_sent_again(function: Load) -> None:
    """A broker that refuses or is not there makes Dapr try again."""
    forward = function("forward-pubsub")
    forward.broker.status = 500
    assert arrive(forward, an_event(some_data(EVERY_KIND[0]))) == 503
    nowhere = function("forward-pubsub", BROKER_URL="http://127.0.0.1:9/")
    assert arrive(nowhere, an_event(some_data(EVERY_KIND[0]))) == 503


def test_what_a_newer_version_says_goes_on_as_it_came(function: Load) -> None:
    """A type, an attribute and a member that this version has no name for reach the broker."""
    forward = function("forward-pubsub")
    document = encode_document(an_event(some_data(EVERY_KIND[0])))
    newer = {**document, "type": "todo.TaskArchived", "urgency": "high", "data": {"task": {"colour": "red"}}}
    answer = forward.client.post("/", json=newer, content_type="application/cloudevents+json")
    assert (answer.status_code, answer.data, forward.broker.documents) == (202, b"", [newer])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "id"),
        ({"id": 5}, "id"),
        ({"specversion": "0.3"}, "specversion"),
        ({"source": "/elsewhere"}, "source"),
        ({"type": "com.example.Other"}, "type"),
        ({"urgency": ["high"]}, "urgency"),
        ({"urgency": "x" * 2000}, "urgency"),
        ({"Urgency": "high"}, "Urgency"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data_base64": "AAAA"}, "data_base64"),
    ],
)
def test_what_is_no_event_of_ours_is_refused(function: Load, change: dict[str, object], named: str) -> None:
    """Nothing malformed reaches the broker, and the answer names the attribute."""
    forward = function("forward-pubsub")
    document = {**encode_document(an_event(some_data(EVERY_KIND[0]))), **change}
    answer = forward.client.post("/", json=document, content_type="application/cloudevents+json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert named in answer.get_json()["detail"]
    assert forward.broker.received == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": "\\u0000"}', b"\xff"])
def test_what_is_no_document_is_refused(function: Load, body: bytes) -> None:
    """A body that holds no event is refused for good."""
    forward = function("forward-pubsub")
    answer = forward.client.post("/", data=body, content_type="application/cloudevents+json")
    assert (answer.status_code, forward.broker.received) == (400, [])


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"BROKER_URL": "http://a", "K_SINK": "http://b", "EVENT_BUS_URL": "http://c"}, "http://a"),
        ({"K_SINK": "https://b", "EVENT_BUS_URL": "dapr://pubsub/todo"}, "https://b"),
        ({"EVENT_BUS_URL": "http://c"}, "http://c"),
    ],
)
def test_the_broker_is_found(environ: dict[str, str], url: str) -> None:
    """Its own variable has precedence, then what Knative injects, then the bus where that is a broker."""
    assert broker_url(environ) == url


def test_without_a_broker_it_does_not_start() -> None:
    """One line says what is missing."""
    with pytest.raises(SettingsError, match=r"^cannot start: BROKER_URL is not set.*$"):
        broker_url({"EVENT_BUS_URL": "dapr://pubsub/todo"})
