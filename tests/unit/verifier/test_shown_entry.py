"""The event that the API shows for an entry must be the event in its leaf."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Any

import pytest

from functions.audit.audit_log import encode_leaf
from functions.audit.content_decryption import decrypt_event
from functions.audit.content_encryption import encrypt_event, generate_key
from tests.samples import NOON
from verifier.shown_entry import read_leaf
from verifier.verification_errors import TamperedError

EVENT = {"id": "1", "type": "todo.TaskCreated", "userid": "alice", "data": {"title": "Water the plants"}}


def make_item(event: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as the API shows it: the leaf encrypted, the event decrypted."""
    key = generate_key()
    leaf = encode_leaf(encrypt_event(event, key), NOON)
    opened = decrypt_event(json.loads(leaf)["event"], key)
    assert opened is not None
    return {
        "index": 0,
        "leaf": b64encode(leaf).decode(),
        "event": opened.event,
        "contentKey": urlsafe_b64encode(opened.key).decode().rstrip("="),
        "appendedAt": "2026-03-02T12:00:00Z",
    }


def test_a_decrypted_event_matches_its_leaf() -> None:
    """The shown content key decrypts the leaf; without a key, the encrypted event is shown and also matches."""
    item = make_item(EVENT)
    assert read_leaf(item, 0) == b64decode(item["leaf"])
    forgotten = {**item, "event": json.loads(b64decode(item["leaf"]))["event"], "contentKey": None}
    assert read_leaf(forgotten, 0) == b64decode(item["leaf"])


@pytest.mark.parametrize(
    "change",
    [
        {"event": {**EVENT, "data": {"title": "Water the cactus"}}},
        {"event": {**EVENT, "userid": "bob"}},
        {"contentKey": None},
        {"contentKey": make_item(EVENT)["contentKey"]},
        {"contentKey": "A"},
        {"contentKey": 7},
        {"appendedAt": "2026-03-02T12:00:01Z"},
    ],
)
def test_another_event_than_the_leafs_is_found(change: dict[str, Any]) -> None:
    """Another content, attribute, time or key than the leaf's counts as tampering."""
    with pytest.raises(TamperedError, match="entry 0: the event that is shown is not the event that was hashed"):
        read_leaf({**make_item(EVENT), **change}, 0)
