"""Reads many entries from the database as one packed value, since a driver takes longer over rows than hashing does.

A packed entry is its index, whether its row shows the event in its leaf, the leaf's length, and the leaf.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from .verification_errors import MISSING, SHOWN_DIFFERS, TamperedError

# OFFSET 0 makes PostgreSQL fetch and parse a leaf once.
SELECT_PACKED = """
    COPY (
        SELECT string_agg(
            int8send(index) || boolsend(
                (event, type, subject, userid, correlationid, appended_at) IS NOT DISTINCT FROM (
                    hashed -> 'event', hashed -> 'event' ->> 'type', hashed -> 'event' ->> 'subject',
                    hashed -> 'event' ->> 'userid', hashed -> 'event' ->> 'correlationid',
                    (hashed ->> 'appendedAt')::timestamptz
                )
                AND ((hashed -> 'event' ->> 'time') IS NULL) = (time IS NULL)
                AND coalesce(abs(extract(epoch FROM (hashed -> 'event' ->> 'time')::timestamptz - time)), 0) < 0.00001
            ) || int4send(length(bytes)) || bytes, ''::bytea ORDER BY index)
        FROM audit.entries,
            LATERAL (SELECT leaf || ''::bytea AS bytes OFFSET 0) AS fetched,
            LATERAL (SELECT convert_from(bytes, 'UTF8')::jsonb AS hashed OFFSET 0) AS parsed
        WHERE index >= {start} AND index < {end}
    ) TO STDOUT (FORMAT BINARY)
"""
COPY_HEADER, COPY_TRAILER = 25, 2
"""Bytes before and after the only value of a binary COPY."""

ENTRY_HEAD = struct.Struct("!q?i")
"""The parts of a packed entry before its leaf."""

NO_ENTRY = ENTRY_HEAD.pack(-1, 0, 0)
"""Follows the last packed entry, so that an entry that is missing at the end shows."""

UNREADABLE_LEAF = ("22", "54")
"""Classes of PostgreSQL's error codes for a leaf that is not JSON, or exceeds a limit of PostgreSQL."""


def read_packed_entries(connection: Any, start: int, end: int) -> bytes:  # noqa: ANN401 - pg8000 has no types
    """Return the entries ``start`` to ``end``, packed. The connection must be in a transaction."""
    return b"".join(_read_pieces(connection, start, end)) + NO_ENTRY


def _read_pieces(connection: Any, start: int, end: int) -> Iterator[bytes]:  # noqa: ANN401 - pg8000 has no types
    """Yield packed entries, up to the first leaf that PostgreSQL cannot read; halve the piece to find that leaf.

    The row of an unreadable leaf cannot show the event in it, and is yielded as one that does not.
    """
    connection.run("SAVEPOINT chunk")
    piece = end - start
    while start < end:
        stream = io.BytesIO()
        try:
            connection.run(SELECT_PACKED.format(start=start, end=start + piece), stream=stream)
        except Exception as error:
            if type(error).__name__ != "DatabaseError" or not error.args[0]["C"].startswith(UNREADABLE_LEAF):
                raise
            connection.run("ROLLBACK TO SAVEPOINT chunk")
            if piece == 1:
                yield ENTRY_HEAD.pack(start, 0, 0)
                break
            piece //= 2
        else:
            yield stream.getvalue()[COPY_HEADER:-COPY_TRAILER]
            start += piece
    connection.run("RELEASE SAVEPOINT chunk")


def unpack_leaves(packed: bytes, indexes: Iterable[int]) -> Iterator[list[bytes]]:
    """Yield one list with the leaves of packed entries, which must be those of ``indexes``.

    Raises TamperedError for the first entry that is missing or shows another event, after the leaves before it.
    """
    leaves: list[bytes] = []
    position = 0
    for expected in indexes:
        index, is_shown_correctly, length = ENTRY_HEAD.unpack_from(packed, position)
        if index != expected or not is_shown_correctly:
            yield leaves
            raise TamperedError(SHOWN_DIFFERS if index == expected else MISSING, expected)
        position += ENTRY_HEAD.size + length
        leaves.append(packed[position - length : position])
    yield leaves
