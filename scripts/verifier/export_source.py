"""Writes a log to a file while it is verified."""

import binascii
import json
from collections.abc import Iterator
from pathlib import Path

from .log_source import LogSource


class ExportSource(LogSource):
    """Another source, copied to the file ``path`` as its chunks are read. FileSource describes the file's format."""

    def __init__(self, source: LogSource, path: Path) -> None:
        self._source = source
        self._path = path

    def read_keys(self) -> list[str]:
        """Return the other source's keys."""
        return self._source.read_keys()

    def read_notes(self) -> Iterator[str]:
        """Yield the other source's checkpoints."""
        return self._source.read_notes()

    def read_chunks(self, size: int, chunk: int) -> Iterator[list[bytes]]:
        """Write the head and the entries, and yield the other source's chunks."""
        index = 0
        with self._path.open("wb") as file:
            for name, values in (("key", self.read_keys()), ("checkpoint", self.read_notes())):
                file.writelines(json.dumps({name: value}).encode() + b"\n" for value in values)
            for leaves in self._source.read_chunks(size, chunk):
                for leaf in leaves:
                    encoded = binascii.b2a_base64(leaf, newline=False)
                    file.write(b'{"index":%d,"leaf":"%s",%s\n' % (index, encoded, leaf[1:]))
                    index += 1
                yield leaves

    def get_stored_hashes(self, level: int, start: int, end: int) -> bytes | None:
        """Return the other source's hashes."""
        return self._source.get_stored_hashes(level, start, end)

    def close(self) -> None:
        """Close the other source."""
        self._source.close()
