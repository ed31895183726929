"""The way from Dapr's pub/sub to the broker."""

import pytest

from events.data import EventData
from events.encoding import encode_structured
from events.event import Event
from functions.chassis.settings import SettingsError
from functions.delivery.forward_pubsub import broker_url
from tests.functions import FunctionUnderTest, Load
from tests.samples import EVERY_KIND, an_event, some_data


def arrive(forward: FunctionUnderTest, event: Event[EventData]) -> int:
    """Deliver an event as Dapr does, and return the answer's status."""
    headers, body = encode_structured(event)
    return forward.client.post("/", data=body, headers=headers).status_code


@pytest.mark.parametrize("kind", EVERY_KIND)
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


def test_what_is_no_event_is_refused(function: Load) -> None:
    """Nothing malformed reaches the broker."""
    forward = function("forward-pubsub")
    assert forward.client.post("/", json={}, content_type="application/cloudevents+json").status_code == 400
    assert forward.broker.events == []


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
