"""Tests of the conversion from any request to a JSON document that PostgreSQL can store."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.data import EventData
from events.document import document_from_request
from events.event import Event
from events.task import TaskCreated
from tests.event_encoding import encode_binary, encode_document, encode_structured
from tests.samples import a_task, an_event

STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BINARY = {"Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/x", "Ce-Type": "y"}


@pytest.mark.parametrize("encode", [encode_binary, encode_structured])
def test_both_modes_give_the_same_document(encode: Callable[[Event[EventData]], tuple[dict[str, str], bytes]]) -> None:
    """The document is the JSON object of structured mode."""
    event = an_event(TaskCreated(task=a_task(title="Blumen gießen")), subject="größer")
    assert document_from_request(*encode(event)) == encode_document(event)


def test_unknown_types_attributes_and_members_are_stored() -> None:
    """A newer release may send more than this one knows."""
    document = document_from_request({**BINARY, "ce-colour": "a%20b"}, b'{"shape": [1, 2.5, null]}')
    assert (document["type"], document["colour"], document["data"]) == ("y", "a b", {"shape": [1, 2.5, None]})
    sent = {"type": "z", "data": {"much": True}}
    assert document_from_request(STRUCTURED, json.dumps(sent).encode()) == sent


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": ',
        b"\xff\xfe",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"NaN",
        b"1e999",
        b"[" * 100_000,
        b"[" * 200 + b"]" * 200,
        b"9" * 5000,
    ],
)
def test_a_body_that_jsonb_cannot_hold_is_stored_byte_by_byte(body: bytes) -> None:
    """Invalid JSON, JSON that jsonb rejects, and JSON too deep for a response are stored in base64."""
    assert b64decode(document_from_request(BINARY, body)["data_base64"]) == body
    assert b64decode(document_from_request(STRUCTURED, body)["data_base64"]) == body


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', "NaN", "1e999"])
def test_a_structured_event_stored_byte_by_byte_keeps_its_attributes(text: str) -> None:
    """The audit log finds the event by its attributes, even if its data does not fit a table."""
    event = an_event(TaskCreated(task=a_task()))
    body = json.dumps({**encode_document(event), "data": "@"}).replace('"@"', text).encode()
    expected = {**event.attributes.serialize(), "datacontenttype": "application/cloudevents+json"}
    assert document_from_request(STRUCTURED, body) == {**expected, "data_base64": b64encode(body).decode()}


def test_an_escaped_backslash_is_not_a_nul() -> None:
    """The six characters of an escape, written out, are ordinary text."""
    assert document_from_request(BINARY, b'"\\\\u0000"')["data"] == "\\u0000"


def test_a_nul_in_an_attribute_is_replaced() -> None:
    """PostgreSQL cannot hold a NUL in text."""
    assert document_from_request({**BINARY, "ce-subject": "a%00b"}, b"")["subject"] == "a\ufffdb"


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5), st.binary(max_size=200))
def test_no_request_is_rejected(headers: dict[str, str], body: bytes) -> None:
    """Every request becomes a document that can be written as JSON."""
    for kind in ({}, STRUCTURED, BINARY):
        json.dumps(document_from_request({**headers, **kind}, body)).encode()
