"""Reads a log from a file that scripts/export-audit wrote."""

import binascii
import json
from collections.abc import Iterator
from itertools import dropwhile, islice, takewhile
from pathlib import Path

from .chunks import group_leaves
from .log_source import LogSource
from .shown_entry import read_leaf
from .verification_errors import TamperedError

BUFFER_SIZE = 1 << 17
"""Bytes to read at a time. A smaller buffer takes longer than hashing, since lines have some kilobytes."""

HEAD_BATCH = 1000
"""Lines of the head to parse as one JSON text, in a third of the time of line by line."""


class FileSource(LogSource):
    """An exported log: a head of keys and checkpoints, then one entry a line.

    A line is ``{"key": …}``, ``{"checkpoint": …}``, or ``{"index":0,"leaf":"eyJ…",`` followed by the leaf's members.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_keys(self) -> list[str]:
        """Return the keys of the head."""
        return [line["key"] for line in self._read_head() if "key" in line]

    def read_notes(self) -> Iterator[str]:
        """Yield the checkpoints of the head."""
        return (line["checkpoint"] for line in self._read_head() if "checkpoint" in line)

    def _read_head(self) -> Iterator[dict[str, str]]:
        with self._path.open("rb", buffering=BUFFER_SIZE) as file:
            lines = takewhile(is_head_line, file)
            while batch := list(islice(lines, HEAD_BATCH)):
                try:
                    parsed = json.loads(b"[%s]" % b",".join(batch))
                except (ValueError, RecursionError):
                    raise TamperedError("a line before the first entry is not JSON") from None
                if not all(isinstance(value, str) for line in parsed for value in line.values()):
                    raise TamperedError("a key or a checkpoint before the first entry is not a string")
                yield from parsed

    def read_chunks(self, size: int, chunk: int) -> Iterator[list[bytes]]:  # noqa: ARG002 - the file has one end
        """Yield the leaves of all entries in the file."""
        with self._path.open("rb", buffering=BUFFER_SIZE) as file:
            yield from group_leaves(dropwhile(is_head_line, file), read_line, chunk)


def is_head_line(line: bytes) -> bool:
    """Return whether a line is a key or a checkpoint."""
    return line.startswith((b'{"key"', b'{"checkpoint"'))


def read_line(line: bytes, index: int) -> bytes:
    """Return the leaf of an entry's line; raises TamperedError if the line is not that entry."""
    return read_exported_line(line, index) or read_json_line(line, index)


def read_exported_line(line: bytes, index: int) -> bytes | None:
    """Return the leaf of a line that is byte for byte as the export writes it; None for any other line.

    The leaf is built from the readable members and compared with the base64, since decoding base64 takes longer.
    """
    start = b'{"index":%d,"leaf":"' % index
    leaf = b"{" + line[line.find(b'"', len(start)) + 2 : -1]
    expected = b'%s%s",%s\n' % (start, binascii.b2a_base64(leaf, newline=False), leaf[1:])
    return leaf if line == expected else None


def read_json_line(line: bytes, index: int) -> bytes:
    """Return the leaf of a line in any JSON notation; raises TamperedError if the line is not that entry."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        raise TamperedError("its line is not JSON", index) from None
    return read_leaf(item, index)
