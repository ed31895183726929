"""Appending to the log: entries, the hashes that they complete, and a signed checkpoint, in one transaction."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select, text

from events.event import Attributes
from functions.audit.checkpoint import checkpoint
from functions.audit.content import encrypt
from functions.audit.merkle import Edge, leaf_hash
from functions.audit.note import Signer
from functions.audit.subjects import Keys, Subject, keep

_APPENDING: Final = 7_315_101
"""The advisory lock of whoever appends; any number that nobody else takes in this database."""

# What is new of the events, the log's right edge (a subtree of 2^k leaves for each bit k of its size), and users' keys.
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
class Heard:
    """An event as it came in, what it is found by, and whether it may hold what a user wrote."""

    document: dict[str, Any]
    attributes: Attributes
    personal: bool = True


def lock(connection: Connection) -> None:
    """Wait until nobody else appends; held to the transaction's end, so that indexes count from 0 without a gap."""
    connection.execute(select(func.pg_advisory_xact_lock(_APPENDING)))


def append(
    connection: Connection, function: str, events: Sequence[Heard], signer: Signer, *, now: datetime
) -> list[bool]:
    """Append those events that ``function`` has not heard before, under one checkpoint; tell for each if it is new.

    Whoever calls holds the lock, taken in a statement of its own: the snapshot of the next is then new enough to show
    what was appended while this one waited.
    """
    found = _begin(connection, function, events, now)
    claimed = {(source, identity) for source, identity in found["claimed"] or ()}
    keys = _keys(found)
    new = []
    for heard in events:
        key = (heard.attributes.source, heard.attributes.id)
        new.append(key in claimed)
        claimed.discard(key)  # of two that are the same, one is new
    if any(new):
        if found["length"] > found["size"]:
            connection.execute(select(func.audit.hash_entries()))  # of code before the log was a tree
            found = _begin(connection, function, (), now)
        edge = Edge(found["size"], tuple(bytes.fromhex(digest) for digest in found["edge"] or ()))
        added = [_encrypted(heard, keys) for heard, is_new in zip(events, new, strict=True) if is_new]
        _write(connection, edge, added, signer, now)
        keep(connection, keys)
    return new


def leaf_of(document: dict[str, Any], appended_at: datetime) -> bytes:
    """Return the bytes that are hashed for an event: JSON of all that the log says of it, its place left out."""
    said = {"appendedAt": appended_at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "event": document}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _begin(connection: Connection, function: str, events: Sequence[Heard], now: datetime) -> RowMapping:
    values = {
        "function": function,
        "events": json.dumps([{"source": heard.attributes.source, "id": heard.attributes.id} for heard in events]),
        "users": json.dumps(sorted({heard.attributes.userid for heard in events if heard.attributes.userid})),
        "now": now,
    }
    return connection.execute(_BEGIN, values).mappings().one()


def _keys(found: RowMapping) -> Keys:
    return Keys(
        {
            user_id: Subject(bytes.fromhex(key) if key else None, datetime.fromisoformat(moment) if moment else None)
            for user_id, key, moment in found["subjects"] or ()
        }
    )


def _encrypted(heard: Heard, keys: Keys) -> Heard:
    user_id = heard.attributes.userid
    if user_id is None or not heard.personal:
        return heard
    return replace(heard, document=encrypt(heard.document, keys.of(user_id, said_at=heard.attributes.time)))


def _write(connection: Connection, edge: Edge, events: Sequence[Heard], signer: Signer, now: datetime) -> None:
    leaves = [leaf_of(heard.document, now) for heard in events]
    extended, completed = edge.extend([leaf_hash(leaf) for leaf in leaves])
    entries = [
        {
            **heard.attributes.model_dump(mode="json", include={"type", "subject", "userid", "correlationid", "time"}),
            "index": edge.size + place,
            "leaf": b64encode(leaf).decode(),
        }
        for place, (heard, leaf) in enumerate(zip(events, leaves, strict=True))
    ]
    nodes = [{"level": level, "index": index, "hash": digest.hex()} for (level, index), digest in completed.items()]
    values = {
        "entries": json.dumps(entries),
        "nodes": json.dumps(nodes),
        "size": extended.size,
        "note": signer.sign(checkpoint(signer.name, extended.size, extended.root)),
        "now": now,
    }
    connection.execute(_WRITE, values)
