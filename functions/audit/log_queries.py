"""Reads the audit log: its entries, its newest checkpoint, and the hashes that proofs consist of."""

from collections.abc import Mapping, Sequence
from typing import Final

from functions.audit.merkle import LeafRange, Node, hash_range, split_into_nodes
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Row, Statement, make_statement

FILTERS: Final = {
    "index": "index = :index::bigint",
    "start": "index >= :start::bigint",
    "above": "index > :above::bigint",
    "user_id": "userid = :user_id",
    "subject": "subject = :subject",
    "type": "type = :type",
    "correlation_id": "correlationid = :correlation_id",
    "after": "time >= :after::timestamptz",
    "before": "time < :before::timestamptz",
}
"""The condition of each filter, which is also the parameter of its value. ``above`` is an index."""

_NEWEST_CHECKPOINT = Statement("SELECT note FROM audit.checkpoints ORDER BY size DESC LIMIT 1")
_LOG_SIZE = Statement("SELECT coalesce(max(index) + 1, 0) AS size FROM audit.nodes WHERE level = 0")
_FIND_NODES = Statement(
    "SELECT level, index, hash FROM audit.nodes WHERE (level, index) IN"
    " (SELECT level, index FROM json_to_recordset(:nodes) AS node(level smallint, index bigint))"
)


def find_entries(database: Database, filters: Mapping[str, object], *, limit: int) -> list[Row]:
    """Return up to ``limit`` entries that match all of ``filters``, by the names in :data:`FILTERS`, in log order."""
    conditions = " AND ".join(FILTERS[name] for name in filters) or "true"
    query = f"SELECT index, leaf FROM audit.entries WHERE {conditions} ORDER BY index LIMIT :limit"  # noqa: S608 - fixed parts
    return database.fetch_all(make_statement(query), **filters, limit=limit)


def load_newest_checkpoint(database: Database) -> str | None:
    """Return the signed note of the log's newest checkpoint, or None if the log is empty."""
    row = database.fetch_first(_NEWEST_CHECKPOINT)
    return row["note"] if row else None


def load_log_size(database: Database) -> int:
    """Return the number of entries in the tree."""
    [row] = database.fetch_all(_LOG_SIZE)
    size: int = row["size"]
    return size


def load_hashes(database: Database, ranges: Sequence[LeafRange]) -> list[bytes]:
    """Return the hash of each range, with one query however long the log is."""
    needed = {node for one in ranges for node in split_into_nodes(one)}
    nodes = [{"level": node.level, "index": node.number} for node in needed]
    rows = database.fetch_all(_FIND_NODES, nodes=nodes) if nodes else []
    known = {Node(row["level"], row["index"]): bytes(row["hash"]) for row in rows}
    return [hash_range(one, known) for one in ranges]
