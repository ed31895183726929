"""Any CloudEvent as a document."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.data import EventData
from events.document import read_document
from events.encoding import encode_binary, encode_document, encode_structured
from events.event import Event
from events.task import TaskCreated
from tests.samples import a_task, an_event

STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BINARY = {"Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/x", "Ce-Type": "y"}


@pytest.mark.parametrize("encode", [encode_binary, encode_structured])
def test_an_event_is_read_as_its_document(encode: Callable[[Event[EventData]], tuple[dict[str, str], bytes]]) -> None:
    """Both modes give the document that structured mode carries."""
    event = an_event(TaskCreated(task=a_task(title="Blumen gießen")), subject="größer")
    assert read_document(*encode(event)) == encode_document(event)


def test_what_this_system_does_not_know_is_kept() -> None:
    """Unknown types, attributes and members stay as they came."""
    document = read_document({**BINARY, "ce-colour": "a%20b"}, b'{"shape": [1, 2.5, null]}')
    assert (document["type"], document["colour"], document["data"]) == ("y", "a b", {"shape": [1, 2.5, None]})
    sent = {"type": "z", "data": {"much": True}}
    assert read_document(STRUCTURED, json.dumps(sent).encode()) == sent


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
def test_what_no_table_can_hold_is_kept_byte_by_byte(body: bytes) -> None:
    """Data that is no JSON, JSON that jsonb refuses, or that no answer could show, is kept in base64."""
    assert b64decode(read_document(BINARY, body)["data_base64"]) == body
    assert b64decode(read_document(STRUCTURED, body)["data_base64"]) == body


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', "NaN", "1e999"])
def test_what_is_kept_byte_by_byte_has_its_attributes(text: str) -> None:
    """An event in structured mode is found by its own attributes, also where its data is more than a table can hold."""
    event = an_event(TaskCreated(task=a_task()))
    body = json.dumps({**encode_document(event), "data": "@"}).replace('"@"', text).encode()
    expected = {**event.attributes.on_the_wire(), "datacontenttype": "application/cloudevents+json"}
    assert read_document(STRUCTURED, body) == {**expected, "data_base64": b64encode(body).decode()}


def test_an_escaped_backslash_is_no_nul() -> None:
    """The six characters of an escape, written out, are text like any other."""
    assert read_document(BINARY, b'"\\\\u0000"')["data"] == "\\u0000"


def test_an_attribute_never_holds_a_nul() -> None:
    """A NUL in a header, which PostgreSQL cannot hold, is replaced."""
    assert read_document({**BINARY, "ce-subject": "a%00b"}, b"")["subject"] == "a\ufffdb"


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5), st.binary(max_size=200))
def test_anything_is_read(headers: dict[str, str], body: bytes) -> None:
    """No request is refused, and what is read can be written as JSON."""
    for kind in ({}, STRUCTURED, BINARY):
        json.dumps(read_document({**headers, **kind}, body)).encode()
