"""Reads CloudEvents from HTTP requests, in binary and structured mode, and from JSON documents.

Functions, the outbox, the audit log and the laptop's broker all build on this reader.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from events.envelope import JSON, STRUCTURED, Attribute, Envelope, MalformedEventError

LONGEST: Final = 1000
"""Characters in an attribute of an event that this system publishes: it becomes a header, and servers limit those."""

_BATCHED: Final = "application/cloudevents-batch+json"
_REQUIRED: Final = ("id", "source", "type")
_NAME: Final = re.compile(r"[a-z0-9]+")
_JSON_TYPE: Final = re.compile(r"application/([\w.-]+\+)?json(\s*;[\x20-\x7e]*)?", re.ASCII | re.IGNORECASE)


def read_request(headers: Mapping[str, str], body: bytes, *, json_only: bool = False) -> Envelope:
    """Return the event in a request of binary or structured mode.

    In binary mode the data is the unchanged body. ``json_only`` rejects binary mode with a content type other than
    ``application/json``. Raises :class:`MalformedEventError`.
    """
    headers = lower_names(headers)
    content_type = media_type(headers)
    if content_type == _BATCHED:
        raise MalformedEventError(
            "content-type: batched mode is not supported; send one event per request, in binary or structured mode"
        )
    if content_type == STRUCTURED:
        return _read_structured(body)
    if json_only and content_type != JSON:
        raise MalformedEventError(f"content-type: must be {JSON} or {STRUCTURED}, not {content_type[:100] or 'absent'}")
    if "ce-specversion" not in headers:
        raise MalformedEventError(
            f"the request is no CloudEvent: it has neither ce- headers (binary mode) nor content-type {STRUCTURED}"
        )
    return Envelope(_check_attributes(header_attributes(headers)), body)


def read_document(document: object) -> Envelope:
    """Return the event in a parsed JSON object of structured mode, such as a stored dead letter.

    Raises :class:`MalformedEventError` as :func:`build_envelope` does, and for data with NaN, an infinite number or a
    lone surrogate, which the outbox could not store.
    """
    members = _as_object(document)
    try:
        data = _take_data(members, allow_nan=False).encode()
    except ValueError:  # also a lone surrogate: UnicodeEncodeError is a ValueError
        raise MalformedEventError("data: contains a number or a character that JSON cannot hold") from None
    return build_envelope(members, data)


def build_envelope(attributes: object, data: bytes) -> Envelope:
    """Return the envelope of an event that this system may publish, around JSON text that is not parsed.

    Types, extensions and data of other releases are accepted. Raises :class:`MalformedEventError` for attributes that
    are not a CloudEvent's or longer than :data:`LONGEST`, and for an event that does not carry JSON in ``data``.
    """
    members = _as_object(attributes)
    if "data_base64" in members:
        raise MalformedEventError("data_base64: not supported; an event of this system carries JSON in data")
    checked = _check_attributes(members)
    for name, value in checked.items():
        if len(str(value)) > LONGEST:
            raise MalformedEventError(f"{name[:100]}: must have at most {LONGEST} characters")
    if not _JSON_TYPE.fullmatch(str(checked.get("datacontenttype", JSON))):
        raise MalformedEventError(f"datacontenttype: must be {JSON}, because events of this system carry JSON")
    return Envelope(checked, data)


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by their name in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type without its parameters, or "" if absent. The headers' names are in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def header_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of binary mode, percent-decoded. The headers' names are in lower case."""
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    if headers.get("content-type"):
        attributes["datacontenttype"] = headers["content-type"]
    return attributes


def _read_structured(body: bytes) -> Envelope:
    try:
        members = _as_object(json.loads(body))
        encoded = members.pop("data_base64", None)
        # A lone surrogate has no UTF-8, but "\ud800" is a JSON escape.
        data = _take_data(members, allow_nan=True).encode(errors="backslashreplace")
        if encoded is not None:
            data = b64decode(encoded)  # type: ignore[arg-type] # raises TypeError, caught below
    except (ValueError, TypeError, RecursionError):
        # Errors of the JSON parser may quote the body, which may be private.
        raise MalformedEventError("the request is no CloudEvent: structured mode must be a valid JSON object") from None
    return Envelope(_check_attributes(members), data)


def _as_object(document: object) -> dict[str, object]:
    if not isinstance(document, dict):
        raise MalformedEventError("the document is no CloudEvent: it must be a JSON object")
    return dict(document)


def _take_data(members: dict[str, object], *, allow_nan: bool) -> str:
    """Remove ``data`` from a document's members and return it as JSON text; empty if there is none.

    Raises ValueError for NaN and infinite numbers unless ``allow_nan`` is true.
    """
    if "data" not in members:
        return ""
    return json.dumps(members.pop("data"), ensure_ascii=False, allow_nan=allow_nan, separators=(",", ":"))


def _check_attributes(members: Mapping[str, object]) -> dict[str, Attribute]:
    """Return the attributes that are not null; raises :class:`MalformedEventError` (CloudEvents 1.0, section 3)."""
    given: dict[str, Attribute] = {}
    for name, value in members.items():
        if value is None:
            continue  # null means absent (JSON event format, section 2.2)
        if not _NAME.fullmatch(name):
            raise MalformedEventError(f"{name[:100]}: an attribute's name must be lower case letters and digits")
        if not isinstance(value, str | int):  # a bool is an int
            raise MalformedEventError(f"{name[:100]}: must be a string, an integer or a boolean")
        given[name] = value
    for name in _REQUIRED:
        if not isinstance(given.get(name), str) or not given[name]:
            raise MalformedEventError(f"{name}: is required of a CloudEvent and must be a string")
    if given.get("specversion") != "1.0":
        raise MalformedEventError("specversion: must be 1.0")
    return given
