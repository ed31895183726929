"""Converts between typed events and envelopes: validates data against its model, and serializes models as JSON."""

import json
import re
from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from events.catalogue import CATALOGUE
from events.data import EventData
from events.envelope import Envelope, MalformedEventError
from events.event import Attributes, Event
from events.reader import read_request

M = TypeVar("M", bound=BaseModel)

_VERSION: Final = re.compile(r"urn:todo:schema:\w+:(\d{1,4})(?:\.[\d.]+)?")
"""The URI from :meth:`events.data.EventData.dataschema`. A later release may append a minor version."""


def encode_event(event: Event[EventData]) -> Envelope:
    """Return the envelope of an event. Times in its data are in UTC."""
    return Envelope(event.attributes.serialize(), event.data.model_dump_json(by_alias=True).encode())


def decode_event(headers: Mapping[str, str], body: bytes) -> Event[EventData]:
    """Return the typed event in a request of binary or structured mode.

    Raises :class:`MalformedEventError` for anything else: batches, other content types, unknown types, missing or
    wrong attributes, data that does not fit its model. The message names each wrong member, and quotes no value.
    """
    envelope = read_request(headers, body, json_only=True)
    attributes = _validate(Attributes, dict(envelope.attributes))
    model = _model_of(attributes)
    try:
        data = json.loads(envelope.data or b"{}")
    except (ValueError, RecursionError):
        raise MalformedEventError("data: must be JSON") from None
    return Event(attributes, _validate(model, {} if data is None else data, within="data"))


def _model_of(attributes: Attributes) -> type[EventData]:
    model = CATALOGUE.get(attributes.type)
    if model is None:
        raise MalformedEventError(f"type: {attributes.type[:100]!r} is not an event of this system")
    version = _major_version(attributes.dataschema)
    if version > model.version:
        raise MalformedEventError(f"dataschema: version {version} is not supported; the newest is {model.version}")
    return model


def _major_version(dataschema: str | None) -> int:
    """Return the major version in a schema's URI, or 0 for a URI without one, which matches every version."""
    found = _VERSION.fullmatch(dataschema or "")
    return int(found[1]) if found else 0


def _validate(model: type[M], value: object, *, within: str = "") -> M:
    """Return the validated model. The error lists each wrong member with its path, which ``within`` begins."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        lines = []
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            path = ".".join(str(part) for part in (within, *one["loc"]) if part != "")
            lines.append(f"{path}: {one['msg'].removeprefix('Value error, ')}")
        raise MalformedEventError("; ".join(lines)) from None
