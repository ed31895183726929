"""Tests of encrypting an event's content, which is readable as long as its key exists."""

import json
from typing import Any

import pytest

from functions.audit.content_decryption import decrypt_event, is_encrypted
from functions.audit.content_encryption import encrypt_event, generate_key
from functions.chassis.http.error_responses import MAX_BODY

EVENTS: list[dict[str, Any]] = [
    {"id": "1", "userid": "alice", "datacontenttype": "application/json", "data": {"title": "ä \U0001f98a"}},
    {"id": "2", "userid": "alice", "data": None},
    {"id": "3", "userid": "alice", "datacontenttype": "text/plain", "data_base64": "AAE="},
    {"id": "4", "userid": "alice"},
    {"id": "5", "userid": "alice", "data": {"notes": "x" * (MAX_BODY - 100)}},
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["id"])
def test_a_decrypted_event_equals_the_original(event: dict[str, Any]) -> None:
    """Missing members stay missing, and the other attributes are not encrypted."""
    key = generate_key()
    encrypted = encrypt_event(event, key)
    assert is_encrypted(encrypted)
    assert (encrypted["id"], encrypted["userid"]) == (event["id"], event["userid"])
    decrypted = decrypt_event(encrypted, key)
    assert decrypted is not None
    assert decrypted.event == event


def test_equal_events_have_different_ciphertexts() -> None:
    """A reader of the leaves cannot recognise equal content."""
    key = generate_key()
    assert encrypt_event(EVENTS[0], key)["data"] != encrypt_event(EVENTS[0], key)["data"]


def test_another_key_or_a_changed_text_cannot_be_decrypted() -> None:
    """The result is None, also with the right key for a changed or invalid text."""
    key = generate_key()
    encrypted = encrypt_event(EVENTS[0], key)
    assert decrypt_event(encrypted, generate_key()) is None
    header, *parts = encrypted["data"].split(".")
    assert decrypt_event({**encrypted, "data": ".".join((header, *parts[:-1], "A" * 22))}, key) is None
    assert decrypt_event({**encrypted, "data": "not a JWE"}, key) is None


def test_decrypting_changes_no_other_attribute() -> None:
    """The id in the leaf stays, also if the content was encrypted without an id."""
    key = generate_key()
    encrypted = encrypt_event({"data": 1, "datacontenttype": "application/json"}, key)
    decrypted = decrypt_event({**encrypted, "id": "5"}, key)
    assert decrypted is not None
    assert (
        json.dumps(decrypted.event, sort_keys=True) == '{"data": 1, "datacontenttype": "application/json", "id": "5"}'
    )
