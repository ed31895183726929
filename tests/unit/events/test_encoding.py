"""Tests of the conversion between typed events and HTTP requests."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.data import EventData
from events.encoding import decode_event, encode_event
from events.envelope import Envelope, MalformedEventError
from events.event import Event
from events.task import TaskCreated
from tests.event_encoding import decode_document, encode_binary, encode_document, encode_structured
from tests.samples import EVERY_KIND, a_task, an_event, some_data

Encoder = Callable[[Event[EventData]], tuple[dict[str, str], bytes]]
BOTH_MODES = pytest.mark.parametrize("encode", [encode_binary, encode_structured])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@BOTH_MODES
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_event_is_decoded_as_it_was_encoded(encode: Encoder, kind: type[EventData]) -> None:
    """Encoding is reversible in both modes."""
    event = an_event(some_data(kind))
    assert decode_event(*encode(event)) == event


@BOTH_MODES
@given(title=TEXT.filter(str.strip), user=TEXT)
def test_any_text_is_decoded_as_it_was_encoded(encode: Encoder, title: str, user: str) -> None:
    """Titles and user ids may have any script, also where they travel in a header."""
    event = an_event(TaskCreated(task=a_task(title=title, user_id=user)))
    headers, body = encode(event)
    assert all(value.isascii() for value in headers.values())
    assert decode_event(headers, body) == event


def test_an_event_has_the_same_document_in_both_modes() -> None:
    """The outbox stores the JSON object that travels in structured mode."""
    event = an_event(TaskCreated(task=a_task()))
    assert encode_document(event) == json.loads(encode_structured(event)[1])
    assert decode_document(encode_document(event)) == event


@pytest.mark.parametrize("encode", [Envelope.encode_binary, Envelope.encode_structured])
def test_an_event_without_a_time_has_none(encode: Callable[[Envelope], tuple[dict[str, str], bytes]]) -> None:
    """The time is optional, and decoding does not invent one."""
    envelope = encode_event(an_event(TaskCreated(task=a_task())))
    attributes = {name: value for name, value in envelope.attributes.items() if name != "time"}
    assert decode_event(*encode(Envelope(attributes, envelope.data))).attributes.time is None


def test_an_attribute_in_upper_case_is_rejected() -> None:
    """The error names the attribute (CloudEvents 1.0, section 3.1). It is not taken for its lower-case spelling."""
    document = encode_document(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError, match=r"USERID: .*lower case"):
        decode_document({**document, "USERID": "bob"})


def test_unknown_extensions_pass_through() -> None:
    """An attribute that this system does not know is decoded and encoded again."""
    event = an_event(TaskCreated(task=a_task()), knativearrivaltime="2026-03-02T12:00:00Z")
    decoded = decode_event(*encode_binary(event))
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
def test_requests_without_an_event_are_rejected(headers: dict[str, str], body: bytes, named: str) -> None:
    """The error names the wrong part of the request."""
    with pytest.raises(MalformedEventError, match=named):
        decode_event(headers, body)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/vnd.todo+json", ""])
def test_binary_mode_must_carry_json(content_type: str) -> None:
    """The error names the content type and those that are accepted."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task())))
    with pytest.raises(
        MalformedEventError, match=f"content-type: .*not {content_type or 'absent'}".replace("+", r"\+")
    ):
        decode_event({**headers, "content-type": content_type}, body)


def test_parameters_of_the_content_type_are_ignored() -> None:
    """JSON is always UTF-8, so a charset parameter has no effect."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task())))
    assert decode_event({**headers, "content-type": "Application/JSON; charset=utf-8"}, body)


@pytest.mark.parametrize(
    ("attribute", "value", "named"),
    [
        ("ce-specversion", "0.3", "specversion"),
        ("ce-id", "", "id"),
        ("ce-source", "", "source"),
        ("ce-type", "todo.Unheard", "type.*todo.Unheard"),
        ("ce-time", "yesterday", "time"),
        ("ce-time", "9999-12-31T23:59:59Z", "time"),
        ("ce-subject", "a%00b", "subject"),
        ("ce-userid", "x" * 1001, "userid"),
        ("ce-recurring", "maybe", "recurring"),
        ("ce-dataschema", "urn:todo:schema:TaskCreated:2", "dataschema: version 2"),
    ],
)
def test_the_error_names_the_wrong_attribute(attribute: str, value: str, named: str) -> None:
    """An attribute that is missing or wrong is in the message."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError, match=named):
        decode_event({**headers, attribute: value}, body)


@pytest.mark.parametrize("dataschema", ["urn:todo:schema:TaskCreated:1.7", "urn:elsewhere"])
def test_other_schemas_of_the_same_major_version_are_accepted(dataschema: str) -> None:
    """A minor version only adds members. A URI of somebody else names no version."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task())))
    assert decode_event({**headers, "ce-dataschema": dataschema}, body).attributes.dataschema == dataschema


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
def test_the_error_names_the_wrong_member_and_quotes_no_value(change: dict[str, Any], named: str) -> None:
    """Data that does not fit its model is rejected with the path of the member, and without private text."""
    headers, body = encode_binary(an_event(TaskCreated(task=a_task(notes="very private"))))
    document = json.loads(body)
    document["task"].update(change)
    with pytest.raises(MalformedEventError, match=named) as error:
        decode_event(headers, json.dumps(document).encode())
    assert "very private" not in str(error.value)


@pytest.mark.parametrize("body", [b'{"task": ', b"\xff", b"[" * 100_000])
def test_broken_json_in_binary_mode_is_rejected(body: bytes) -> None:
    """Data that is not JSON is malformed, even if the attributes are valid."""
    headers, _ = encode_binary(an_event(TaskCreated(task=a_task())))
    with pytest.raises(MalformedEventError, match="data"):
        decode_event(headers, body)
