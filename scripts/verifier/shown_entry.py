"""An entry as the API shows it: its event must be the event in its leaf, decrypted."""

import base64
import json
import re
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .verification_errors import SHOWN_DIFFERS, TamperedError

UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CONTENT_MEMBERS = ("data", "data_base64", "datacontenttype")
"""The members of an event that the log encrypts."""


def read_leaf(item: Any, index: int) -> bytes:  # noqa: ANN401 - JSON
    """Return the leaf of the entry ``item``, for example ``{"index": 4, "leaf": "eyJ…", "event": {…}, …}``.

    Raises TamperedError if the item is another entry than ``index``, or shows another event than its leaf.
    """
    if not isinstance(item, dict) or item.get("index") != index:
        found = item.get("index") if isinstance(item, dict) else item
        raise TamperedError(f"found index {str(found)[:50]} in its place", index)
    try:
        leaf = base64.b64decode(item["leaf"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise TamperedError("its leaf is not base64", index) from None
    if base64.b64encode(leaf).decode() != item["leaf"]:
        raise TamperedError("its leaf is not base64 in the canonical form", index)
    if not is_shown_correctly(item, leaf):
        raise TamperedError(SHOWN_DIFFERS, index)
    return leaf


def is_shown_correctly(item: dict[str, Any], leaf: bytes) -> bool:
    """Return whether the event and the time of an item are those in the leaf."""
    try:
        hashed = json.loads(leaf)
        expected = decrypt_event(hashed["event"], item.get("contentKey"))
        # Compared as text, since 1, 1.0 and True are equal in Python.
        is_same_event = json.dumps(expected, sort_keys=True) == json.dumps(item["event"], sort_keys=True)
        is_same_time = parse_utc(hashed["appendedAt"]) == parse_utc(item["appendedAt"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidTag):
        return False
    return is_same_event and is_same_time


def decrypt_event(event: dict[str, Any], key: str | None) -> dict[str, Any]:
    """Return an event with its content in place of the JWE in ``data`` (RFC 7516, section 5.2).

    ``key`` is the entry's ``contentKey`` in base64url; without a key the event is returned unchanged. Raises
    ``InvalidTag`` if the key does not fit.
    """
    if key is None:
        return event
    header, _, *parts = event["data"].split(".")
    content_key, vector, encrypted, tag = (base64.urlsafe_b64decode(f"{part}==") for part in (key, *parts))
    content = json.loads(AESGCM(content_key).decrypt(vector, encrypted + tag, header.encode()))
    attributes = {name: value for name, value in event.items() if name not in CONTENT_MEMBERS}
    return attributes | {name: content[name] for name in CONTENT_MEMBERS if name in content}


def parse_utc(text: str) -> datetime:
    """Return the time of a text such as ``2026-03-02T12:00:00Z``; raises ValueError for any other form."""
    if not UTC_TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
