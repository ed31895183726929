"""Content that is readable for as long as its key is kept."""

import json
from typing import Any

import pytest

from functions.audit.encrypted_content import decrypt_event, encrypt_event, generate_key, is_encrypted
from functions.chassis.http.app_hooks import MAX_BODY

EVENTS: list[dict[str, Any]] = [
    {"id": "1", "userid": "alice", "datacontenttype": "application/json", "data": {"title": "ä \U0001f98a"}},
    {"id": "2", "userid": "alice", "data": None},
    {"id": "3", "userid": "alice", "datacontenttype": "text/plain", "data_base64": "AAE="},
    {"id": "4", "userid": "alice"},
    {"id": "5", "userid": "alice", "data": {"notes": "x" * (MAX_BODY - 100)}},
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["id"])
def test_an_event_comes_back_as_it_was(event: dict[str, Any]) -> None:
    """Members that were there and those that were not; the attributes beside them are not touched."""
    key = generate_key()
    encrypted = encrypt_event(event, key)
    assert is_encrypted(encrypted)
    assert (encrypted["id"], encrypted["userid"]) == (event["id"], event["userid"])
    opened = decrypt_event(encrypted, key)
    assert opened is not None
    assert opened.event == event


def test_equal_events_do_not_look_alike() -> None:
    """Whoever reads the leaves cannot tell that something was said twice."""
    key = generate_key()
    assert encrypt_event(EVENTS[0], key)["data"] != encrypt_event(EVENTS[0], key)["data"]


def test_another_key_opens_nothing() -> None:
    """Neither does the right one where the text was changed."""
    key = generate_key()
    encrypted = encrypt_event(EVENTS[0], key)
    assert decrypt_event(encrypted, generate_key()) is None
    header, *parts = encrypted["data"].split(".")
    assert decrypt_event({**encrypted, "data": ".".join((header, *parts[:-1], "A" * 22))}, key) is None
    assert decrypt_event({**encrypted, "data": "nothing of the kind"}, key) is None


def test_the_content_replaces_the_content_only() -> None:
    """A member of another name in what was encrypted changes no attribute."""
    key = generate_key()
    as_content = encrypt_event({"data": 1, "datacontenttype": "application/json"}, key)
    opened = decrypt_event({**as_content, "id": "5"}, key)
    assert opened is not None
    assert json.dumps(opened.event, sort_keys=True) == '{"data": 1, "datacontenttype": "application/json", "id": "5"}'
