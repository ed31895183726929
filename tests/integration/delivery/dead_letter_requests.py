"""Requests of the dead-letter tests: the Broker posts an undelivered event, and an operator lists and redrives."""

from base64 import b64encode
from typing import Any

from werkzeug.test import TestResponse

from events.data import EventData
from events.event import Event
from events.task import TaskCreated
from tests.event_encoding import encode_binary
from tests.functions import FunctionUnderTest
from tests.samples import a_task, an_event

OPERATOR = ("operator",)
ERROR_HEADERS = {
    "ce-knativeerrordest": "http://schedule-reminders.todo",
    "ce-knativeerrorcode": "422",
    "ce-knativeerrordata": b64encode(b'{"detail": "no"}').decode(),
}


def make_task_event() -> Event[EventData]:
    """Return an event of this system."""
    return an_event(TaskCreated(task=a_task()))


def post_undelivered(sink: FunctionUnderTest, event: Event[EventData], **headers: str) -> TestResponse:
    """Post an event to the sink as a Broker does that could not deliver it."""
    binary, body = encode_binary(event)
    return sink.client.post("/", data=body, headers={**binary, **ERROR_HEADERS, **headers})


def list_items(delivery: FunctionUnderTest, query: str = "") -> list[dict[str, Any]]:
    """Return the items of the first page of dead letters."""
    answer = delivery.call("GET", f"/delivery/dead-letters?{query}", roles=OPERATOR)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def redrive(delivery: FunctionUnderTest, letter: dict[str, Any]) -> TestResponse:
    """Send a dead letter's event again."""
    return delivery.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", roles=OPERATOR)
