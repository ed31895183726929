"""Any CloudEvent as the JSON document it arrived as, whether or not this system knows it or its data fits.

For whoever keeps what came in: :mod:`events.encoding` decides what is an event of this system.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

from events.encoding import STRUCTURED

_PREFIX = "ce-"

_DEEPEST = 100
"""Levels of nesting; an answer that shows a document is written to some 250."""


def read_document(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return a request of either mode as the JSON object of structured mode, with whatever it holds.

    Never fails, and the result fits PostgreSQL's ``jsonb``: what is no JSON that PostgreSQL can hold is kept byte by
    byte in ``data_base64`` (JSON event format, section 3.1.1), and attributes that are missing stay missing. Of
    structured mode that is the whole request, beside those attributes of it that are text.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    content_type = lowered.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == STRUCTURED:
        document = _parse(body)
        return document if isinstance(document, dict) else {**_attributes(body), "data_base64": _base64(body)}
    attributes: dict[str, Any] = {
        name.removeprefix(_PREFIX): _printable(unquote(value))
        for name, value in lowered.items()
        if name.startswith(_PREFIX)
    }
    if content_type:
        attributes["datacontenttype"] = _printable(content_type)
    return {**attributes, **_data(body)}


def _attributes(body: bytes) -> dict[str, str]:
    """Return what can be read of a structured request that is kept byte by byte."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    texts = {name: value for name, value in said.items() if isinstance(value, str) and name != "data"}
    return {_printable(name): _printable(value) for name, value in texts.items()} | {"datacontenttype": STRUCTURED}


def _data(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        return {"data": _strict(body)}
    except (ValueError, RecursionError):
        return {"data_base64": _base64(body)}


def _parse(body: bytes) -> object:
    try:
        return _strict(body)
    except (ValueError, RecursionError):
        return None


def _strict(body: bytes) -> object:
    """Return the JSON in a body; raises ValueError for what ``jsonb`` or an answer cannot hold as well."""
    value = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    _refuse_deep(value, _DEEPEST)
    text = json.dumps(value, ensure_ascii=False)
    text.encode()  # a lone surrogate has no bytes: UnicodeEncodeError is a ValueError
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("NUL")
    return value


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise ValueError(number)
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _refuse_deep(value: object, levels: int) -> None:
    if not isinstance(value, dict | list):
        return
    if levels == 0:
        raise ValueError("nested too deeply")
    for child in value.values() if isinstance(value, dict) else value:
        _refuse_deep(child, levels - 1)


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\x00", "�")


def _base64(body: bytes) -> str:
    return b64encode(body).decode()
