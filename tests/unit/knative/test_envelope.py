"""Events as the broker reads and hands them on."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.encoding import MalformedEventError
from knative.local.envelope import Envelope, read_envelope
from tests.unit.knative.scripted_functions import EVENT

VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)


@given(VALUES, st.binary(max_size=100))
def test_what_goes_in_comes_out(value: str, body: bytes) -> None:
    """Any attribute and any data survive the headers of binary mode."""
    event = Envelope({"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "note": value}, body)
    request = event.request()
    assert all(text.isascii() and text.isprintable() for _, text in request.headers)
    again = read_envelope(dict(request.headers), request.body)
    assert again.attributes["note"] == value
    assert again.body == body


def test_binary_mode_keeps_the_body_as_it_is() -> None:
    """Data is never parsed: what is no JSON goes on to whoever can say so."""
    event = read_envelope(EVENT, b"{no json")
    assert (event.type, event.body, event.attributes["datacontenttype"]) == (
        "todo.TaskCreated",
        b"{no json",
        "application/json",
    )


@pytest.mark.parametrize(
    ("member", "body"),
    [
        ({"data": {"a": [1, None]}}, b'{"a": [1, null]}'),
        ({"data": "text"}, b'"text"'),
        ({"data_base64": b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
        ({}, b""),
    ],
)
def test_structured_mode_becomes_binary(member: dict[str, object], body: bytes) -> None:
    """Whatever the mode on the way in, functions get binary mode."""
    document = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "audited": "true", **member}
    event = read_envelope({"Content-Type": "application/cloudevents+json"}, json.dumps(document).encode())
    assert event.attributes["audited"] == "true"
    assert event.body == body
    assert dict(event.request().headers)["ce-type"] == "t"


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({**EVENT, "ce-id": ""}, b"{}", "id"),
        ({key: value for key, value in EVENT.items() if key != "ce-type"}, b"{}", "no CloudEvent"),
        ({**EVENT, "ce-specversion": "0.3"}, b"{}", "specversion"),
        ({**EVENT, "ce-some-thing": "1"}, b"{}", "some-thing"),
        ({"content-type": "application/json"}, b"{}", "no CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"[]", "no CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"{", "no CloudEvent"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]", "batched"),
        ({}, b"", "no CloudEvent"),
    ],
)
def test_what_is_no_event_is_refused(headers: dict[str, str], body: bytes, message: str) -> None:
    """A malformed request is told apart, and its body is never quoted."""
    with pytest.raises(MalformedEventError, match=message):
        read_envelope(headers, body)
