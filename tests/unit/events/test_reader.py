"""Tests of the reader that functions, the outbox, the audit log and the laptop's broker share."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Envelope, MalformedEventError
from events.reader import LONGEST, build_envelope, read_document, read_request

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
MINIMAL: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
BINARY = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/todo/tasks",
    "ce-type": "todo.TaskCreated",
    "content-type": "application/json",
}
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)


def read_structured(**members: object) -> Envelope:
    """Read a structured-mode request with these members besides the required attributes."""
    return read_request(STRUCTURED, json.dumps({**MINIMAL, **members}).encode())


@given(VALUES, st.binary(max_size=100))
def test_binary_mode_is_reversible(value: str, body: bytes) -> None:
    """Any attribute and any data survive the headers of binary mode."""
    headers, encoded = Envelope({**MINIMAL, "note": value}, body).encode_binary()
    assert all(text.isascii() and text.isprintable() for text in headers.values())
    decoded = read_request(headers, encoded)
    assert decoded.attributes["note"] == value
    assert decoded.data == body


def test_binary_mode_passes_the_body_unparsed() -> None:
    """A body that is not JSON reaches the subscriber unchanged. The subscriber rejects it."""
    event = read_request(BINARY, b"{no json")
    assert (event.type, event.data, event.attributes["datacontenttype"]) == (
        "todo.TaskCreated",
        b"{no json",
        "application/json",
    )


def test_header_names_are_case_insensitive() -> None:
    """HTTP header names may have any case."""
    assert read_request({name.title(): value for name, value in BINARY.items()}, b"").id == "1"


@pytest.mark.parametrize(
    ("member", "data"),
    [
        ({"data": {"a": [1, None]}}, b'{"a":[1,null]}'),
        ({"data": "text"}, b'"text"'),
        ({"data": "größer"}, '"größer"'.encode()),
        ({"data": "\ud800"}, b'"\\ud800"'),
        ({"data": None}, b"null"),
        ({"data_base64": b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
        ({}, b""),
    ],
)
def test_structured_mode_is_converted_to_binary(member: dict[str, object], data: bytes) -> None:
    """Data in JSON or base64 becomes the body of binary mode."""
    event = read_structured(audited="true", **member)
    assert event.attributes["audited"] == "true"
    assert event.data == data
    headers, body = event.encode_binary()
    assert (headers["ce-type"], body) == ("t", data)


def test_attributes_that_are_null_are_absent() -> None:
    """In JSON, null is another spelling of an absent attribute."""
    assert dict(read_structured(time=None).attributes) == MINIMAL


def test_numbers_and_booleans_become_text_in_headers() -> None:
    """Structured mode has typed attributes. Binary mode has their canonical text."""
    headers, _ = read_structured(sequence=5, sampled=True).encode_binary()
    assert (headers["ce-sequence"], headers["ce-sampled"]) == ("5", "true")


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({**BINARY, "ce-id": ""}, b"{}", "id"),
        ({name: value for name, value in BINARY.items() if name != "ce-type"}, b"{}", "type: is required"),
        ({**BINARY, "ce-specversion": "0.3"}, b"{}", "specversion"),
        ({**BINARY, "ce-some-thing": "1"}, b"{}", "some-thing"),
        ({"content-type": "application/json"}, b"{}", "neither ce- headers .* nor content-type"),
        ({"content-type": "application/json"}, json.dumps(MINIMAL).encode(), "no CloudEvent"),
        (STRUCTURED, b"[]", "no CloudEvent"),
        (STRUCTURED, b"{", "no CloudEvent"),
        (STRUCTURED, b"\xff\xfe", "no CloudEvent"),
        (STRUCTURED, b"[" * 100_000, "no CloudEvent"),
        (STRUCTURED, b'{"data_base64": "A"}', "no CloudEvent"),
        (STRUCTURED, b'{"data_base64": 5}', "no CloudEvent"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]", "batched"),
        ({}, b"", "no CloudEvent"),
    ],
)
def test_malformed_requests_are_rejected(headers: dict[str, str], body: bytes, message: str) -> None:
    """The error names the wrong attribute."""
    with pytest.raises(MalformedEventError, match=message):
        read_request(headers, body)


def test_an_error_never_quotes_the_body() -> None:
    """A body may hold private data, so no part of it reaches an answer or a log."""
    with pytest.raises(MalformedEventError) as error:
        read_request(STRUCTURED, b'{"data": "very private"')
    assert "private" not in str(error.value)


def test_a_document_keeps_the_types_of_its_attributes() -> None:
    """A stored event is published unchanged."""
    document = {**MINIMAL, "sequence": 5, "sampled": True, "data": {"a": 1}}
    assert json.loads(read_document(document).to_json()) == document


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_a_document_with_data_that_json_cannot_hold_is_rejected(value: object) -> None:
    """PostgreSQL would reject the data when the outbox stores the event."""
    with pytest.raises(MalformedEventError, match="data: contains"):
        read_document({**MINIMAL, "data": {"mood": value}})


def test_json_text_is_not_parsed() -> None:
    """Numbers keep their digits on their way through the outbox."""
    assert build_envelope(MINIMAL, b'{"n": 1.10}').to_json().endswith('"data": {"n": 1.10}}')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": 5}, "id: is required"),
        ({"source": None}, "source: is required"),
        ({"specversion": "0.3"}, "specversion"),
        ({"Urgency": "high"}, "Urgency: .*lower case"),
        ({"urgency": ["high"]}, "urgency: must be a string"),
        ({"urgency": "x" * (LONGEST + 1)}, "urgency: must have at most"),
        ({"datacontenttype": "text/plain"}, "datacontenttype: must be application/json"),
        ({"data_base64": "AAAA"}, "data_base64: not supported"),
    ],
)
def test_documents_that_cannot_be_published_are_rejected(change: dict[str, object], message: str) -> None:
    """An event of this system is a CloudEvent with JSON data and attributes that fit into headers."""
    with pytest.raises(MalformedEventError, match=message):
        read_document({**MINIMAL, **change})


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_a_document_that_is_not_an_object_is_rejected(document: object) -> None:
    """Structured mode is a JSON object."""
    with pytest.raises(MalformedEventError, match="must be a JSON object"):
        read_document(document)
