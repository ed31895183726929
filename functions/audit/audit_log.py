"""Appends to the log: entries, the tree nodes that they complete, and a signed checkpoint, in one transaction."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select, text

from events.event import Attributes
from functions.audit.checkpoint_text import checkpoint_text
from functions.audit.encrypted_content import encrypt_event
from functions.audit.merkle import RightEdge, hash_leaf
from functions.audit.signed_note import NoteSigner
from functions.audit.subject_keys import SubjectKey, SubjectKeys, store_created_keys

_APPEND_LOCK: Final = 7_315_101
"""The number of the advisory lock for appending; no other code in this database may use it."""

# Claims the events, and reads which of them are new, the right edge of the tree (a node of 2^k leaves for each bit k of
# its size), and the users' keys.
_BEGIN = text("""
    WITH claimed AS (
        INSERT INTO delivery.inbox (function, source, id, claimed_at)
        SELECT :function, source, id, :now FROM json_to_recordset(CAST(:events AS json)) AS event (source text, id text)
        ON CONFLICT DO NOTHING
        RETURNING source, id
    ), hashed AS (
        SELECT coalesce(max(index) + 1, 0) AS size FROM audit.nodes WHERE level = 0
    )
    SELECT
        size,
        (SELECT coalesce(max(index) + 1, 0) FROM audit.entries) AS length,
        (
            SELECT json_agg(
                (SELECT encode(hash, 'hex') FROM audit.nodes WHERE level = k AND index = (size >> k) - 1)
                ORDER BY k DESC
            )
            FROM generate_series(0, 62) AS k WHERE (size >> k) & 1 = 1
        ) AS edge,
        (SELECT json_agg(json_build_array(source, id)) FROM claimed) AS claimed,
        (
            SELECT json_agg(json_build_array(userid, encode(key, 'hex'), forgotten_at))
            FROM audit.subjects WHERE userid IN (SELECT json_array_elements_text(CAST(:users AS json)))
        ) AS subjects
    FROM hashed
""")

_WRITE = text("""
    WITH added AS (
        INSERT INTO audit.entries
            (index, leaf, event, type, subject, userid, correlationid, time, appended_at)
        SELECT
            index, decode(leaf, 'base64'), CAST(convert_from(decode(leaf, 'base64'), 'UTF8') AS jsonb) -> 'event',
            type, subject, userid, correlationid, time, :now
        FROM json_to_recordset(CAST(:entries AS json)) AS entry (
            index bigint, leaf text, type text, subject text, userid text, correlationid text, time timestamptz
        )
    ), completed AS (
        INSERT INTO audit.nodes (level, index, hash)
        SELECT level, index, decode(hash, 'hex')
        FROM json_to_recordset(CAST(:nodes AS json)) AS node (level smallint, index bigint, hash text)
    )
    INSERT INTO audit.checkpoints (size, note) VALUES (:size, :note)
""")


@dataclass(frozen=True)
class ReceivedEvent:
    """An event as it was received, the attributes by which it is found, and whether it may hold a user's content."""

    document: dict[str, Any]
    attributes: Attributes
    personal: bool = True


def lock_log(connection: Connection) -> None:
    """Wait for the lock for appending; the transaction holds it, so that indexes count from 0 without a gap."""
    connection.execute(select(func.pg_advisory_xact_lock(_APPEND_LOCK)))


def append_events(
    connection: Connection, function: str, events: Sequence[ReceivedEvent], signer: NoteSigner, *, now: datetime
) -> list[bool]:
    """Append the events that ``function`` has not handled before, under one checkpoint; return for each if it is new.

    The caller holds the lock, and has taken it in a separate statement: the snapshot of the next statement then shows
    what other transactions appended while this one waited.
    """
    found = _begin(connection, function, events, now)
    claimed = {(source, identity) for source, identity in found["claimed"] or ()}
    keys = _read_keys(found)
    new = []
    for event in events:
        key = (event.attributes.source, event.attributes.id)
        new.append(key in claimed)
        claimed.discard(key)  # of two equal events in a batch, one is new
    if any(new):
        if found["length"] > found["size"]:
            connection.execute(
                select(func.audit.hash_entries())
            )  # entries of releases in which the log was not a tree yet
            found = _begin(connection, function, (), now)
        edge = RightEdge(found["size"], tuple(bytes.fromhex(digest) for digest in found["edge"] or ()))
        added = [_encrypt(event, keys) for event, is_new in zip(events, new, strict=True) if is_new]
        _write(connection, edge, added, signer, now)
        store_created_keys(connection, keys)
    return new


def encode_leaf(document: dict[str, Any], appended_at: datetime) -> bytes:
    """Return the bytes that are hashed for an event: JSON of the event and of the time at which it is appended."""
    leaf = {"appendedAt": appended_at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "event": document}
    return json.dumps(leaf, ensure_ascii=False, separators=(",", ":")).encode()


def _begin(connection: Connection, function: str, events: Sequence[ReceivedEvent], now: datetime) -> RowMapping:
    values = {
        "function": function,
        "events": json.dumps([{"source": event.attributes.source, "id": event.attributes.id} for event in events]),
        "users": json.dumps(sorted({event.attributes.userid for event in events if event.attributes.userid})),
        "now": now,
    }
    return connection.execute(_BEGIN, values).mappings().one()


def _read_keys(found: RowMapping) -> SubjectKeys:
    return SubjectKeys(
        {
            user_id: SubjectKey(bytes.fromhex(key) if key else None, datetime.fromisoformat(moment) if moment else None)
            for user_id, key, moment in found["subjects"] or ()
        }
    )


def _encrypt(event: ReceivedEvent, keys: SubjectKeys) -> ReceivedEvent:
    user_id = event.attributes.userid
    if user_id is None or not event.personal:
        return event
    return replace(
        event, document=encrypt_event(event.document, keys.key_for(user_id, event_time=event.attributes.time))
    )


def _write(
    connection: Connection, edge: RightEdge, events: Sequence[ReceivedEvent], signer: NoteSigner, now: datetime
) -> None:
    leaves = [encode_leaf(event.document, now) for event in events]
    extended, completed = edge.extend([hash_leaf(leaf) for leaf in leaves])
    entries = [
        {
            **event.attributes.model_dump(mode="json", include={"type", "subject", "userid", "correlationid", "time"}),
            "index": edge.size + place,
            "leaf": b64encode(leaf).decode(),
        }
        for place, (event, leaf) in enumerate(zip(events, leaves, strict=True))
    ]
    nodes = [{"level": level, "index": index, "hash": digest.hex()} for (level, index), digest in completed.items()]
    values = {
        "entries": json.dumps(entries),
        "nodes": json.dumps(nodes),
        "size": extended.size,
        "note": signer.sign(checkpoint_text(signer.name, extended.size, extended.root)),
        "now": now,
    }
    connection.execute(_WRITE, values)
