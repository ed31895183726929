"""CloudEvents over HTTP: binary and structured mode (HTTP protocol binding, section 3), and nothing malformed."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from cloudevents.conversion import to_binary, to_structured
from cloudevents.exceptions import GenericException, MissingRequiredFields
from cloudevents.http import CloudEvent, from_http
from pydantic import ValidationError

from events.catalogue import CATALOGUE
from events.data import EventData
from events.event import Attributes, Event

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
BATCH_REFUSED = "batched mode is not accepted: send one event a request, in binary or structured mode"


class MalformedEventError(ValueError):
    """A request is no event that this system knows; the message says which attribute or member is wrong."""


def encode_binary(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an event in binary mode."""
    headers, body = to_binary(_as_cloudevent(event, escape=_escape))
    return {name: value for name, value in headers.items() if name != "content-length"}, body


def encode_structured(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an event in structured mode."""
    headers, body = to_structured(_as_cloudevent(event, escape=str))
    return {"content-type": headers["content-type"]}, body


def decode(headers: Mapping[str, str], body: bytes) -> Event[EventData]:
    """Return the event that a request carries in either mode.

    Raises :class:`MalformedEventError` for anything else: batches, other content types, unknown types, missing or
    wrong attributes, data that does not fit its schema.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    binary = "ce-specversion" in lowered
    _refuse_other_content(lowered.get("content-type", ""), binary=binary)
    if binary:
        lowered = {name: unquote(value) if name.startswith("ce-") else value for name, value in lowered.items()}
    try:
        received = from_http(lowered, body, data_unmarshaller=_parse)
        attributes = _read_attributes(dict(received.get_attributes()))
        return Event(attributes, _read_data(attributes.type, received.get_data()))
    except MalformedEventError:
        raise
    except MissingRequiredFields:
        raise MalformedEventError("id, source, specversion, type: each is required of a CloudEvent") from None
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError):
        # The SDK's own messages quote the whole body, which may be private.
        raise MalformedEventError("the request is no CloudEvent 1.0 in binary or structured mode") from None


def decode_document(document: object) -> Event[EventData]:
    """Return the event in a parsed structured-mode document, such as one kept in a table."""
    return decode({"content-type": STRUCTURED}, json.dumps(document).encode())


def encode_document(event: Event[EventData]) -> dict[str, object]:
    """Return an event as the JSON object of structured mode, times in UTC."""
    return {
        **event.attributes.on_the_wire(),
        "data": event.data.model_dump(mode="json", by_alias=True),
    }


def _refuse_other_content(content_type: str, *, binary: bool) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == BATCHED:
        raise MalformedEventError(BATCH_REFUSED)
    expected = "application/json" if binary else STRUCTURED
    if media_type != expected:
        raise MalformedEventError(f"content-type: must be {expected}, not {media_type[:100] or 'absent'}")


def _as_cloudevent(event: Event[EventData], *, escape: Callable[[str], str]) -> CloudEvent:
    attributes = {name: escape(value) for name, value in event.attributes.on_the_wire().items()}
    return CloudEvent(attributes, event.data.model_dump(mode="json", by_alias=True))


def _escape(value: str) -> str:
    """Percent-encode what a header cannot carry (HTTP protocol binding, section 3.1.3.2)."""
    return quote(value, safe="".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%'))


def _parse(raw: object) -> object:
    if isinstance(raw, bytes | str):
        return json.loads(raw) if raw else {}
    return raw


def _read_attributes(raw: dict[str, object]) -> Attributes:
    time = raw.get("time")
    if isinstance(time, datetime):
        raw["time"] = time.astimezone(UTC)
    try:
        return Attributes.model_validate(raw)
    except ValidationError as error:
        raise MalformedEventError(explain(error)) from None


def _read_data(event_type: str, data: object) -> EventData:
    known = CATALOGUE.get(event_type)
    if known is None:
        raise MalformedEventError(f"type: {event_type[:100]!r} is not an event of this system")
    try:
        return known.model_validate({} if data is None else data)
    except ValidationError as error:
        raise MalformedEventError(explain(error, within="data")) from None


def explain(error: ValidationError, within: str = "") -> str:
    """Return all of a validation's errors in one line, each with the member it concerns, and never its value."""
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        member = ".".join(str(part) for part in (within, *one["loc"]) if part != "")
        lines.append(f"{member}: {one['msg'].removeprefix('Value error, ')}")
    return "; ".join(lines)
