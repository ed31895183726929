"""Converts any request into a JSON document that PostgreSQL can store, whether or not it is a valid event.

The audit log and the dead letters store what arrived. They must not lose a request that :mod:`events.reader` rejects.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from events.envelope import STRUCTURED
from events.reader import header_attributes, lower_names, media_type

_DEEPEST: Final = 100
"""Levels of nesting in a stored document. Responses that show the document can serialize about 250."""


def document_from_request(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return a request of binary or structured mode as the JSON object of structured mode. Never fails.

    The result fits PostgreSQL's ``jsonb`` type. A body that ``jsonb`` cannot hold becomes ``data_base64`` (JSON event
    format, section 3.1.1), byte by byte. In structured mode the whole body does, and its attributes are copied next
    to it where they are text. Missing attributes stay missing.
    """
    headers = lower_names(headers)
    if media_type(headers) == STRUCTURED:
        try:
            document = _parse_storable(body)
        except (ValueError, RecursionError):
            document = None
        return document if isinstance(document, dict) else {**_text_attributes(body), "data_base64": _base64(body)}
    attributes: dict[str, Any] = {name: _storable(value) for name, value in header_attributes(headers).items()}
    if not body:
        return attributes
    try:
        return {**attributes, "data": _parse_storable(body)}
    except (ValueError, RecursionError):
        return {**attributes, "data_base64": _base64(body)}


def _text_attributes(body: bytes) -> dict[str, str]:
    """Return the text attributes of a structured body that ``jsonb`` cannot hold; none if it is not an object."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(members, dict):
        return {}
    texts = {name: value for name, value in members.items() if isinstance(value, str) and name != "data"}
    return {_storable(name): _storable(value) for name, value in texts.items()} | {"datacontenttype": STRUCTURED}


def _parse_storable(body: bytes) -> object:
    """Return the JSON value in a body.

    Raises ValueError or RecursionError for invalid JSON and for JSON that ``jsonb`` or a response cannot hold: NaN,
    infinite numbers, lone surrogates, NUL characters, deep nesting.
    """
    value = json.loads(body)
    if body.count(b"{") + body.count(b"[") > _DEEPEST:  # each level opens with one of them; most bodies have few
        _reject_deeper_than(_DEEPEST, value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text.encode()  # a lone surrogate has no UTF-8: UnicodeEncodeError is a ValueError
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("NUL")
    return value


def _reject_deeper_than(levels: int, value: object) -> None:
    if not isinstance(value, dict | list):
        return
    if levels == 0:
        raise ValueError("nested too deeply")
    for child in value.values() if isinstance(value, dict) else value:
        _reject_deeper_than(levels - 1, child)


def _storable(text: str) -> str:
    """Return text with the characters replaced that PostgreSQL cannot hold: lone surrogates and NUL."""
    return text.encode(errors="replace").decode().replace("\x00", "�")


def _base64(body: bytes) -> str:
    return b64encode(body).decode()
