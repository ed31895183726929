"""Shortcuts for tests: an event as an HTTP request or as a JSON document, and back."""

import json

from events.data import EventData
from events.encoding import decode_event, encode_event
from events.envelope import STRUCTURED
from events.event import Event


def encode_binary(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of binary mode."""
    return encode_event(event).encode_binary()


def encode_structured(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of structured mode."""
    return encode_event(event).encode_structured()


def encode_document(event: Event[EventData]) -> dict[str, object]:
    """Return the parsed JSON object of structured mode."""
    document: dict[str, object] = json.loads(encode_event(event).to_json())
    return document


def decode_document(document: object) -> Event[EventData]:
    """Return the typed event in a parsed JSON object of structured mode, such as a row of the outbox."""
    return decode_event({"content-type": STRUCTURED}, json.dumps(document).encode())
