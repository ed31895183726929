"""An event on its way: its attributes and its data as they were said, whatever this version knows of either.

Whoever only carries events, the outbox, its relay or a bridge, may be older than who said them. Decoded into models and
encoded again, they would lose what this version has no name for; in an envelope they go on as they came.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from events.data import EventData
from events.encoding import Attribute, MalformedEventError, data_of, in_binary_mode, in_structured_mode
from events.event import Event

LONGEST: Final = 1000
"""How many characters an attribute may have: in binary mode it travels in a header, and servers limit those."""

_REQUIRED: Final = ("id", "source", "type")
_NAME: Final = re.compile(r"[a-z0-9]+")
_JSON: Final = re.compile(r"application/([\w.-]+\+)?json(\s*;[\x20-\x7e]*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Context attributes, extensions among them, around data as JSON text; without data that is empty."""

    attributes: Mapping[str, Attribute]
    data: bytes

    @property
    def id(self) -> str:
        """Which event it is, together with its source."""
        return str(self.attributes["id"])

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.attributes["type"])

    @property
    def source(self) -> str:
        """Who said so."""
        return str(self.attributes["source"])

    def binary(self) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of the event in binary mode."""
        return in_binary_mode(self.attributes, self.data)

    def structured(self) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of the event in structured mode."""
        return in_structured_mode(self.attributes, self.data)


def seal(event: Event[EventData]) -> Envelope:
    """Return the envelope of an event of this version's."""
    return Envelope(event.attributes.on_the_wire(), data_of(event))


def open_document(document: object) -> Envelope:
    """Return the envelope of a parsed structured-mode document; raises :class:`MalformedEventError`."""
    if not isinstance(document, dict):
        raise MalformedEventError("the document is no CloudEvent: it is no JSON object")
    attributes = {name: value for name, value in document.items() if name != "data"}
    return envelope_of(attributes, _as_json(document["data"]) if "data" in document else b"")


def envelope_of(attributes: object, data: bytes) -> Envelope:
    """Return the envelope around JSON text; raises :class:`MalformedEventError` for what is no CloudEvent 1.0.

    The text is not looked into. What type it is, which extensions it has and what its data holds is for whoever hears
    the event to judge.
    """
    if not isinstance(attributes, dict):
        raise MalformedEventError("the document is no CloudEvent: it is no JSON object")
    if "data_base64" in attributes:
        raise MalformedEventError("data_base64: an event of this system carries JSON, in data")
    given = {name: value for name, value in attributes.items() if value is not None}  # null is as good as absent
    for name, value in given.items():
        _check(name, value)
    for name in _REQUIRED:
        if not isinstance(given.get(name), str) or not given[name]:
            raise MalformedEventError(f"{name}: is required of a CloudEvent")
    if given.get("specversion") != "1.0":
        raise MalformedEventError("specversion: must be 1.0")
    if not _JSON.fullmatch(str(given.get("datacontenttype", "application/json"))):
        raise MalformedEventError("datacontenttype: must be application/json, as events of this system carry JSON")
    return Envelope(given, data)


def _check(name: str, value: object) -> None:
    if not _NAME.fullmatch(name):
        raise MalformedEventError(f"{name[:100]!r}: an attribute's name is lower-case letters and digits")
    if not _is_attribute(value):
        raise MalformedEventError(f"{name[:100]}: must be a string, an integer or a boolean")
    if len(str(value)) > LONGEST:
        raise MalformedEventError(f"{name[:100]}: must have {LONGEST} characters at most")


def _is_attribute(value: object) -> TypeGuard[Attribute]:
    return isinstance(value, str | int)  # a bool is an int


def _as_json(data: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        raise MalformedEventError("data: holds what JSON cannot") from None
