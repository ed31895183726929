"""Encoding and decoding of events over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.data import EventData
from events.encoding import (
    MalformedEventError,
    data_of,
    decode,
    decode_document,
    encode_binary,
    encode_document,
    encode_structured,
    in_binary_mode,
    in_structured_mode,
)
from events.event import Event
from events.task import TaskCreated
from tests.samples import EVERY_KIND, a_task, an_event, some_data

Encoder = Callable[[Event[EventData]], tuple[dict[str, str], bytes]]
BOTH_MODES = pytest.mark.parametrize("encode", [encode_binary, encode_structured])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@BOTH_MODES
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_event_survives_the_wire(encode: Encoder, kind: type[EventData]) -> None:
    """What is encoded in either mode is decoded as it was."""
    event = an_event(some_data(kind))
    assert decode(*encode(event)) == event


@BOTH_MODES
@given(title=TEXT.filter(str.strip), user=TEXT)
def test_any_text_survives_the_wire(encode: Encoder, title: str, user: str) -> None:
    """Titles and user ids in any script come back as they were, even those that travel in a header."""
    event = an_event(TaskCreated(task=a_task(title=title, user_id=user)))
    headers, body = encode(event)
    assert all(value.isascii() for value in headers.values())
    assert decode(headers, body) == event


def test_a_document_is_structured_mode_without_http() -> None:
    """What is kept in a table is what travels in structured mode."""
    event = an_event(TaskCreated(task=a_task()))
    assert encode_document(event) == json.loads(encode_structured(event)[1])
    assert decode_document(encode_document(event)) == event


@pytest.mark.parametrize("in_mode", [in_binary_mode, in_structured_mode])
def test_an_event_without_a_time_has_none(in_mode: Callable[..., tuple[dict[str, str], bytes]]) -> None:
    """The time is optional, and nobody says what it was."""
    event = an_event(TaskCreated(task=a_task()))
    attributes = {name: value for name, value in event.attributes.on_the_wire().items() if name != "time"}
    assert decode(*in_mode(attributes, data_of(event))).attributes.time is None


def test_an_attributes_name_is_lower_case() -> None:
    """One that is not (CloudEvents 1.0, section 3.1) is named, and not taken for the one that is spelt like it."""
    document = encode_document(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError, match=r"USERID: .*lower case"):
        decode_document({**document, "USERID": "bob"})


def test_extensions_of_others_pass_through() -> None:
    """An attribute that this system does not know is kept, and sent on."""
    event = an_event(TaskCreated(task=a_task()), knativearrivaltime="2026-03-02T12:00:00Z")
    decoded = decode(*encode_binary(event))
    assert encode_binary(decoded)[0]["ce-knativearrivaltime"] == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize(
    ("headers", "body", "named"),
    [
        ({}, b"", "content-type"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]", "batched mode"),
        ({"content-type": "text/plain"}, b"hello", "text/plain"),
        ({"content-type": "application/cloudevents+json"}, b"{", "CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"[]", "CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"{}", "required"),
        ({"content-type": "application/cloudevents+json"}, b"[" * 100_000, "no CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"\xff\xfe", "CloudEvent"),
    ],
)
def test_what_is_no_event_is_refused(headers: dict[str, str], body: bytes, named: str) -> None:
    """A request that is no event is refused with what is wrong about it."""
    with pytest.raises(MalformedEventError, match=named):
        decode(headers, body)


@pytest.mark.parametrize(
    ("attribute", "value", "named"),
    [
        ("ce-specversion", "0.3", "specversion|no CloudEvent"),
        ("ce-id", "", "id"),
        ("ce-source", "", "source|required"),
        ("ce-type", "todo.Unheard", "type.*todo.Unheard"),
        ("ce-time", "yesterday", "no CloudEvent|time"),
        ("ce-time", "9999-12-31T23:59:59Z", "time"),
        ("ce-subject", "a%00b", "subject"),
        ("ce-userid", "x" * 1001, "userid"),
        ("ce-recurring", "maybe", "recurring"),
    ],
)
def test_a_wrong_attribute_is_named(attribute: str, value: str, named: str) -> None:
    """An attribute that is missing or wrong is named in the refusal."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError, match=named):
        decode({**headers, attribute: value}, body)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"title": ""}, "data.task.title"),
        ({"title": "a\x00b"}, "data.task.title.*NUL"),
        ({"version": "one"}, "data.task.version"),
        ({"dueAt": "2026-03-02T12:00:00"}, "data.task.dueAt.*offset"),
        ({"timeZone": "Mars/Olympus"}, "data.task.timeZone.*IANA"),
        ({"reminders": [{}]}, "data.task.reminders.0.*either before or at"),
    ],
)
def test_wrong_data_is_named_and_not_quoted(change: dict[str, Any], named: str) -> None:
    """Data that does not fit its schema is refused with the member named, and without its value."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task(notes="very private"))))
    document = json.loads(body)
    document["task"].update(change)
    with pytest.raises(MalformedEventError, match=named) as refusal:
        decode(headers, json.dumps(document).encode())
    assert "very private" not in str(refusal.value)


def test_broken_json_in_binary_mode_is_refused() -> None:
    """Data that is no JSON is malformed, whatever the attributes say."""
    headers, _ = encode_binary(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError):
        decode(headers, b'{"task": ')
