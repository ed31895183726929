"""The interface of a log that can be verified; one module for each place that holds one implements it."""

from collections.abc import Iterator


class LogSource:
    """A log: its verifier keys, its checkpoints and the leaves of its entries.

    A leaf is the exact sequence of bytes that was hashed for an entry.
    """

    def read_keys(self) -> list[str]:
        """Return the verifier keys that come with the log, as text."""
        raise NotImplementedError

    def read_notes(self) -> Iterator[str]:
        """Yield the log's checkpoints as signed notes."""
        raise NotImplementedError

    def read_chunks(self, size: int, chunk: int) -> Iterator[list[bytes]]:
        """Yield the leaves in order, in lists of ``chunk``; the last list is shorter and may be empty.

        ``size`` is the number of entries that the newest checkpoint covers; the log may have more. ``chunk`` is a power
        of two. Raises TamperedError for a bad entry, after the leaves before that entry.
        """
        raise NotImplementedError

    def get_stored_hashes(self, level: int, start: int, end: int) -> bytes | None:  # noqa: ARG002 - for overrides
        """Return the stored hashes of the subtrees ``start`` to ``end`` of a level, joined; None if none are stored.

        The hashes are those of the chunk that ``read_chunks`` yielded last, and of the subtrees that end in it.
        """
        return None

    def close(self) -> None:
        """Release the source's connections."""
