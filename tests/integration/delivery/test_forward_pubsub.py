"""Tests of the bridge from Dapr's pub/sub to the Broker."""

import pytest

from events.data import EventData
from events.event import Event
from events.ticks import PingTicked
from functions.chassis.runtime.environment import SettingsError
from functions.delivery.forward_pubsub import find_broker_url
from tests.event_encoding import encode_document, encode_structured
from tests.functions import FunctionUnderTest, Load
from tests.samples import EVERY_KIND, an_event, some_data


def post_event(bridge: FunctionUnderTest, event: Event[EventData]) -> int:
    """Post an event as Dapr does, and return the status of the response."""
    headers, body = encode_structured(event)
    return bridge.client.post("/", data=body, headers=headers).status_code


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind is not PingTicked])
def test_every_event_is_forwarded_unchanged(function: Load, kind: type[EventData]) -> None:
    """An accepted event has reached the Broker."""
    bridge = function("forward-pubsub")
    event = an_event(some_data(kind))
    assert post_event(bridge, event) == 202
    assert bridge.broker.events == [event]


def test_an_event_that_the_broker_rejects_is_answered_with_503(function: Load) -> None:
    """Dapr delivers the event again if the Broker rejects it or is not available."""
    bridge = function("forward-pubsub")
    bridge.broker.status = 500
    assert post_event(bridge, an_event(some_data(EVERY_KIND[0]))) == 503
    unreachable = function("forward-pubsub", BROKER_URL="http://127.0.0.1:9/")
    assert post_event(unreachable, an_event(some_data(EVERY_KIND[0]))) == 503


def test_an_event_of_a_newer_release_is_forwarded_unchanged(function: Load) -> None:
    """Types, attributes and data members that this release does not know reach the Broker."""
    bridge = function("forward-pubsub")
    document = encode_document(an_event(some_data(EVERY_KIND[0])))
    newer = {**document, "type": "todo.TaskArchived", "urgency": "high", "data": {"task": {"colour": "red"}}}
    answer = bridge.client.post("/", json=newer, content_type="application/cloudevents+json")
    assert (answer.status_code, answer.data, bridge.broker.documents) == (202, b"", [newer])


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
def test_an_event_of_another_system_is_rejected(function: Load, change: dict[str, object], named: str) -> None:
    """The Broker gets no malformed event and no other system's event, and the problem names the attribute."""
    bridge = function("forward-pubsub")
    document = {**encode_document(an_event(some_data(EVERY_KIND[0]))), **change}
    answer = bridge.client.post("/", json=document, content_type="application/cloudevents+json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert named in answer.get_json()["detail"]
    assert bridge.broker.received == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": "\\u0000"}', b"\xff"])
def test_an_invalid_body_is_rejected(function: Load, body: bytes) -> None:
    """A body that contains no event is answered with 400."""
    bridge = function("forward-pubsub")
    answer = bridge.client.post("/", data=body, content_type="application/cloudevents+json")
    assert (answer.status_code, bridge.broker.received) == (400, [])


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"BROKER_URL": "http://a", "K_SINK": "http://b", "EVENT_BUS_URL": "http://c"}, "http://a"),
        ({"K_SINK": "https://b", "EVENT_BUS_URL": "dapr://pubsub/todo"}, "https://b"),
        ({"EVENT_BUS_URL": "http://c"}, "http://c"),
    ],
)
def test_the_broker_url_has_an_order_of_precedence(environ: dict[str, str], url: str) -> None:
    """BROKER_URL comes first, then K_SINK, then EVENT_BUS_URL if it is the URL of a Broker."""
    assert find_broker_url(environ) == url


def test_a_missing_broker_url_stops_the_start() -> None:
    """The error names the missing variable."""
    with pytest.raises(SettingsError, match=r"^cannot start: BROKER_URL is not set.*$"):
        find_broker_url({"EVENT_BUS_URL": "dapr://pubsub/todo"})
