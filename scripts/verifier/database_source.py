"""Reads a log from the tables of the `audit` schema, all of it as of one moment."""

from collections.abc import Iterator
from functools import partial
from queue import SimpleQueue
from typing import Any

from .database_connection import OpenConnection
from .log_source import LogSource
from .merkle_tree import HASH_SIZE
from .packed_entries import read_packed_entries, unpack_leaves
from .read_ahead import map_ahead
from .verification_errors import TamperedError

READERS = 2
"""Chunks to read at the same time, each through its own connection: comparing takes longer than hashing."""

# One value instead of rows, as in packed_entries. A note has no form feed.
SELECT_NOTES = """
    SELECT string_agg(size || ' ' || note, E'\\f' ORDER BY size)
    FROM (SELECT size, note FROM audit.checkpoints WHERE size > :last ORDER BY size LIMIT 10000) AS batch
"""

# At each level, the subtrees that end among these entries.
SELECT_HASHES = """
    SELECT level, (
        SELECT string_agg(hash, ''::bytea ORDER BY index) FROM audit.nodes
        WHERE nodes.level = levels.level
        AND index >= CAST(:start AS bigint) >> levels.level AND index < CAST(:end AS bigint) >> levels.level
    ) FROM generate_series(0, 62) AS levels (level)
"""


class DatabaseSource(LogSource):
    """The log in a database. ``keys`` are verifier keys found beside the database, which holds none.

    Every connection reads the same snapshot, so appends during the verification have no effect.
    """

    def __init__(self, open_connection: OpenConnection, keys: list[str]) -> None:
        self._keys = keys
        self._hashes: dict[int, bytes | None] = {}
        self._connections = [open_connection() for _ in range(READERS)]
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for connection in self._connections:
            connection.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._idle.put(connection)
        self._run = self._connections[0].run
        [[snapshot]] = self._run("SELECT pg_export_snapshot()")
        for other in self._connections[1:]:
            other.run(f"SET TRANSACTION SNAPSHOT '{snapshot}'")

    def close(self) -> None:
        """Close the connections, which ends their transactions."""
        for connection in self._connections:
            connection.close()

    def read_keys(self) -> list[str]:
        """Return the keys found beside the database."""
        return self._keys

    def read_notes(self) -> Iterator[str]:
        """Yield every checkpoint; raises TamperedError for a row that names another size than its note."""
        last = 0
        while packed := self._run(SELECT_NOTES, last=last)[0][0]:
            for row in packed.split("\f"):
                size, _, note = row.partition(" ")
                if note.split("\n", 2)[1:2] != [size]:
                    raise TamperedError(f"the checkpoint stored for {size} entries has another size in its note")
                yield note
            last = int(size)

    def read_chunks(self, size: int, chunk: int) -> Iterator[list[bytes]]:  # noqa: ARG002 - the table has one end
        """Yield the leaves of all entries, also of those after the newest checkpoint."""
        [[length]] = self._run("SELECT coalesce(max(index) + 1, 0) FROM audit.entries")
        starts = range(0, length, chunk)
        parts = map_ahead(partial(self._read_chunk, chunk=chunk), starts, READERS)
        for start, (packed, hashes) in zip(starts, parts, strict=True):
            self._hashes = hashes
            yield from unpack_leaves(packed, range(start, min(start + chunk, length)))

    def _read_chunk(self, start: int, chunk: int) -> tuple[bytes, dict[int, bytes | None]]:
        """Return a chunk's packed entries, and by level the stored hashes of the subtrees that end in the chunk."""
        connection = self._idle.get()
        try:
            packed = read_packed_entries(connection, start, start + chunk)
            return packed, dict(connection.run(SELECT_HASHES, start=start, end=start + chunk))
        finally:
            self._idle.put(connection)

    def get_stored_hashes(self, level: int, start: int, end: int) -> bytes:
        """Return hashes of the table `audit.nodes`, which the log makes its proofs from."""
        return (self._hashes[level] or b"")[: (end - start) * HASH_SIZE]
