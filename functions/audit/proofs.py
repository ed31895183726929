"""Proofs from the hashes that are kept: one look-up each, however long the log is."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, tuple_

from functions.audit.merkle import Node, Span, hash_of, subtrees
from functions.audit.tables import nodes


def size_of_log(connection: Connection) -> int:
    """Return how many entries the tree is over."""
    last = connection.scalar(select(func.max(nodes.c.index)).where(nodes.c.level == 0))
    return 0 if last is None else last + 1


def hashes(connection: Connection, spans: Sequence[Span]) -> list[bytes]:
    """Return the hash of each span."""
    needed = {node for span in spans for node in subtrees(span)}
    wanted = select(nodes).where(tuple_(nodes.c.level, nodes.c.index).in_(sorted(needed)))
    known = {Node(level, index): bytes(digest) for level, index, digest in connection.execute(wanted)}
    return [hash_of(span, known) for span in spans]
