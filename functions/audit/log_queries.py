"""Reads the audit log: its entries, its newest checkpoint, and the hashes that proofs consist of."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, tuple_

from functions.audit.merkle import LeafRange, Node, hash_range, split_into_nodes
from functions.audit.tables import checkpoints, entries, nodes


def find_entries(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], *, limit: int
) -> Sequence[RowMapping]:
    """Return up to ``limit`` entries that match every condition, in the order of the log."""
    query = select(entries).where(*conditions).order_by(entries.c.index).limit(limit)
    return connection.execute(query).mappings().all()


def load_newest_checkpoint(connection: Connection) -> str | None:
    """Return the signed note of the log's newest checkpoint, or None if the log is empty."""
    note: str | None = connection.scalar(select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1))
    return note


def load_log_size(connection: Connection) -> int:
    """Return the number of entries in the tree."""
    last = connection.scalar(select(func.max(nodes.c.index)).where(nodes.c.level == 0))
    return 0 if last is None else last + 1


def load_hashes(connection: Connection, ranges: Sequence[LeafRange]) -> list[bytes]:
    """Return the hash of each range, with one query however long the log is."""
    needed = {node for one in ranges for node in split_into_nodes(one)}
    query = select(nodes).where(tuple_(nodes.c.level, nodes.c.index).in_(sorted(needed)))
    known = {Node(level, index): bytes(digest) for level, index, digest in connection.execute(query)}
    return [hash_range(one, known) for one in ranges]
