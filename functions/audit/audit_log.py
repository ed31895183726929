"""Appends to the log: entries, the tree nodes that they complete, and a signed checkpoint, in one transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from events.event import Attributes
from functions.audit.checkpoint_text import format_checkpoint
from functions.audit.content_encryption import encrypt_event
from functions.audit.merkle import RightEdge, hash_leaf
from functions.audit.signed_note import NoteSigner
from functions.audit.subject_keys import SubjectKeys, enqueue_subjects, read_subjects, store_created_keys
from functions.chassis.runtime.statement import Statement, insert_rows
from functions.chassis.runtime.transaction import PendingResult, Transaction

_APPEND_LOCK: Final = 7_315_101
"""The number of the advisory lock for appending; no other code in this database may use it."""

_LOCK = Statement("SELECT pg_advisory_xact_lock(:lock)")

# The number of hashed leaves (`size`) and of entries (`length`), and the hashes of the tree's right edge (`edge`). The
# edge has a node of 2^k leaves for each bit k that is set in the size: for 6 leaves (binary 110), the node over the
# leaves 0 to 3, and the node over the leaves 4 and 5.
_READ_HEAD = Statement("""
    WITH hashed AS (
        SELECT coalesce(max(index) + 1, 0) AS size FROM audit.nodes WHERE level = 0
    )
    SELECT
        size,
        (SELECT coalesce(max(index) + 1, 0) FROM audit.entries) AS length,
        (
            SELECT string_agg(
                (SELECT encode(hash, 'hex') FROM audit.nodes WHERE level = k AND index = (size >> k) - 1),
                ',' ORDER BY k DESC
            )
            FROM generate_series(0, 62) AS k WHERE (size >> k) & 1 = 1
        ) AS edge
    FROM hashed
""")
_HASH_ENTRIES = Statement("SELECT audit.hash_entries()")

# The column `event` is a copy of the event in the leaf, for queries; the leaf holds the hashed bytes.
_INSERT_ENTRIES = Statement("""
    INSERT INTO audit.entries (index, leaf, event, type, subject, userid, correlationid, time, appended_at)
    SELECT
        index, convert_to(leaf, 'UTF8'), leaf::jsonb -> 'event', type, subject, userid, correlationid, time,
        :now::timestamptz
    FROM json_to_recordset(:entries) AS entry (
        index bigint, leaf text, type text, subject text, userid text, correlationid text, time timestamptz
    )
""")
_INSERT_NODES = Statement(insert_rows("audit.nodes", ("level", "index", "hash")))
_INSERT_CHECKPOINT = Statement("INSERT INTO audit.checkpoints (size, note) VALUES (:size, :note)")


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event document as received, the attributes that queries use, and whether it may hold a user's content."""

    document: dict[str, Any]
    attributes: Attributes
    personal: bool = True


@dataclass(frozen=True, slots=True)
class LogHead:
    """The results that tell where the log ends, and the keys of the users of a batch."""

    log: PendingResult
    subjects: PendingResult


def lock_log(transaction: Transaction) -> None:
    """Lock the log for appending, from the next exchange to the end of the transaction, so that indexes have no gap."""
    transaction.enqueue(_LOCK, lock=_APPEND_LOCK)


def enqueue_log_head(transaction: Transaction, *, user_ids: Collection[str]) -> LogHead:
    """Lock the log, and load its head, with the next exchange.

    The lock is a statement of its own before the others, so that their snapshots show what other transactions appended.
    """
    lock_log(transaction)
    return LogHead(transaction.enqueue(_READ_HEAD), enqueue_subjects(transaction, user_ids))


def append_events(
    transaction: Transaction, head: LogHead, events: Sequence[ReceivedEvent], signer: NoteSigner, *, now: datetime
) -> None:
    """Append events under one checkpoint. The statements are sent with the next exchange."""
    keys = SubjectKeys(read_subjects(head.subjects))
    edge = _read_edge(transaction, head)
    leaves = [_make_leaf(event, keys, now) for event in events]
    extended, completed = edge.extend([hash_leaf(leaf) for leaf in leaves])
    entries = [
        _make_row(event.attributes, edge.size + position, leaf)
        for position, (event, leaf) in enumerate(zip(events, leaves, strict=True))
    ]
    nodes = [
        {"level": level, "index": index, "hash": f"\\x{digest.hex()}"} for (level, index), digest in completed.items()
    ]
    note = signer.sign(format_checkpoint(signer.name, extended.size, extended.root))
    transaction.enqueue(_INSERT_ENTRIES, entries=entries, now=now)
    transaction.enqueue(_INSERT_NODES, rows=nodes)
    transaction.enqueue(_INSERT_CHECKPOINT, size=extended.size, note=note)
    store_created_keys(transaction, keys)


def encode_leaf(document: dict[str, Any], appended_at: datetime) -> bytes:
    """Return the bytes that are hashed for an event: JSON of the event and of the time at which it is appended."""
    leaf = {"appendedAt": appended_at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "event": document}
    return json.dumps(leaf, ensure_ascii=False, separators=(",", ":")).encode()


def _read_edge(transaction: Transaction, head: LogHead) -> RightEdge:
    [row] = head.log.rows
    if row["length"] > row["size"]:
        # An instance of an old release, in which the log was not a tree yet, has appended entries without hashes.
        transaction.enqueue(_HASH_ENTRIES)
        [row] = transaction.fetch_all(_READ_HEAD)
    digests = [bytes.fromhex(digest) for digest in (row["edge"] or "").split(",") if digest]
    if len(digests) != row["size"].bit_count():
        raise RuntimeError("a hash of the log's right edge is missing; its next checkpoint would be wrong")
    return RightEdge(row["size"], tuple(digests))


def _make_leaf(event: ReceivedEvent, keys: SubjectKeys, now: datetime) -> bytes:
    user_id, document = event.attributes.userid, event.document
    if user_id is not None and event.personal:
        document = encrypt_event(document, keys.get_or_create(user_id, event_time=event.attributes.time))
    return encode_leaf(document, now)


def _make_row(attributes: Attributes, index: int, leaf: bytes) -> dict[str, object]:
    return {
        "index": index,
        "leaf": leaf.decode(),
        "type": attributes.type,
        "subject": attributes.subject,
        "userid": attributes.userid,
        "correlationid": attributes.correlationid,
        "time": attributes.time,
    }
