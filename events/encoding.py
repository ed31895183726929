"""CloudEvents over HTTP: binary and structured mode (HTTP protocol binding, section 3), and nothing malformed."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from cloudevents.conversion import from_http
from cloudevents.exceptions import GenericException, MissingRequiredFields
from cloudevents.http import CloudEvent
from pydantic import ValidationError

from events.catalogue import CATALOGUE
from events.data import EventData
from events.event import Attributes, Event

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
BATCH_REFUSED = "batched mode is not accepted: send one event a request, in binary or structured mode"

Attribute = str | int | bool
"""A context attribute's value in JSON (JSON event format, section 2.2)."""

_VERSION: Final = re.compile(r"urn:todo:schema:\w+:(\d{1,4})(?:\.[\d.]+)?")
"""What :meth:`events.data.EventData.dataschema` returns, or a later release's with a minor version behind it."""

_HEADER_SAFE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


class MalformedEventError(ValueError):
    """A request is no event that this system knows; the message says which attribute or member is wrong."""


def encode_binary(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an event in binary mode."""
    return in_binary_mode(event.attributes.on_the_wire(), data_of(event))


def encode_structured(event: Event[EventData]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an event in structured mode."""
    return in_structured_mode(event.attributes.on_the_wire(), data_of(event))


def data_of(event: Event[EventData]) -> bytes:
    """Return an event's data as JSON text, times in UTC."""
    return event.data.model_dump_json(by_alias=True).encode()


def in_binary_mode(attributes: Mapping[str, Attribute], data: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of binary mode around JSON text (HTTP protocol binding, section 3.1).

    The SDK's own encoding would add a time where there is none, and write a boolean as Python does.
    """
    headers = {"content-type": str(attributes.get("datacontenttype", "application/json"))}
    for name, value in attributes.items():
        if name != "datacontenttype":
            headers[f"ce-{name}"] = quote(_in_header(value), safe=_HEADER_SAFE)  # section 3.1.3.2
    return headers, data


def in_structured_mode(attributes: Mapping[str, Attribute], data: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of structured mode around JSON text (HTTP protocol binding, section 3.2)."""
    return {"content-type": STRUCTURED}, document_text(attributes, data).encode()


def document_text(attributes: Mapping[str, Attribute], data: bytes) -> str:
    """Return the JSON object of structured mode, with the data as it is written; without it where that is empty."""
    members = json.dumps(attributes, ensure_ascii=False)
    return f'{members[:-1]}, "data": {data.decode()}}}' if data else members


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
        received = from_http(_Received, lowered, body, data_unmarshaller=_parse)
        attributes = _read_attributes(dict(received.get_attributes()))
        return Event(attributes, _read_data(attributes, received.get_data()))
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


class _Received(CloudEvent):
    """An event as it came: to the SDK's own, one without a time was said just now, and ``ID`` is another ``id``."""

    @classmethod
    def create(cls, attributes: Mapping[str, Any], data: object) -> "_Received":
        """Return what the SDK read; raises MalformedEventError for a name that is none (section 3.1)."""
        for name in attributes:
            if name != name.lower():
                raise MalformedEventError(f"{name[:100]}: an attribute's name is written in lower case")
        received = cls(attributes, data)
        if "time" not in attributes:
            del received["time"]
        return received


def _refuse_other_content(content_type: str, *, binary: bool) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == BATCHED:
        raise MalformedEventError(BATCH_REFUSED)
    expected = "application/json" if binary else STRUCTURED
    if media_type != expected:
        raise MalformedEventError(f"content-type: must be {expected}, not {media_type[:100] or 'absent'}")


def _in_header(value: Attribute) -> str:
    """Return an attribute as text (CloudEvents 1.0, section 3.4: a boolean is ``true`` or ``false``)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def _read_data(attributes: Attributes, data: object) -> EventData:
    known = CATALOGUE.get(attributes.type)
    if known is None:
        raise MalformedEventError(f"type: {attributes.type[:100]!r} is not an event of this system")
    version = _version(attributes.dataschema)
    if version > known.version:
        raise MalformedEventError(f"dataschema: version {version} is newer than {known.version}, which is read here")
    try:
        return known.model_validate({} if data is None else data)
    except ValidationError as error:
        raise MalformedEventError(explain(error, within="data")) from None


def _version(dataschema: str | None) -> int:
    """Return the major version that a schema's URI ends with; 0 where it names none, as any may then be meant."""
    found = _VERSION.fullmatch(dataschema or "")
    return int(found[1]) if found else 0


def explain(error: ValidationError, within: str = "") -> str:
    """Return all of a validation's errors in one line, each with the member it concerns, and never its value."""
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        member = ".".join(str(part) for part in (within, *one["loc"]) if part != "")
        lines.append(f"{member}: {one['msg'].removeprefix('Value error, ')}")
    return "; ".join(lines)
