"""Compares the roots that checkpoints claim with the tree over the log's entries."""

from collections import deque
from collections.abc import Iterable, Sequence

from .log_checkpoint import LogCheckpoint
from .merkle_tree import MerkleTree
from .verification_errors import TamperedError


class CheckpointClaims:
    """The checkpoints of a log and those saved earlier: each claims a root for a size.

    ``notes`` are the log's checkpoints, ``saved`` those that the user kept. Raises TamperedError if the log's
    checkpoints contradict each other.
    """

    def __init__(self, notes: Iterable[str], saved: Sequence[str]) -> None:
        self.count = 0
        self.newest: LogCheckpoint | None = None
        self.newest_note = ""
        roots: dict[int, bytes] = {}
        for note in notes:
            found = LogCheckpoint(note)
            self.count += 1
            if roots.setdefault(found.size, found.root) != found.root:
                raise TamperedError(f"two checkpoints of {found.size} entries contradict each other")
            if self.newest and found.origin != self.newest.origin:
                raise TamperedError(f"the checkpoints are of two logs: {self.newest.origin} and {found.origin}")
            if self.newest is None or found.size > self.newest.size:
                self.newest, self.newest_note = found, note
        self.saved = sorted(map(LogCheckpoint, saved), key=lambda checkpoint: checkpoint.size)
        claims = [(size, root, False) for size, root in roots.items()]
        claims += [(checkpoint.size, checkpoint.root, True) for checkpoint in self.saved]
        self._unchecked = deque(sorted(claims))
        self._last_match = {True: 0, False: 0}

    @property
    def size(self) -> int:
        """The number of entries that the newest checkpoint covers."""
        return self.newest.size if self.newest else 0

    @property
    def last_matching_size(self) -> int:
        """The size of the last checkpoint of the log's own that matched the tree."""
        return self._last_match[False]

    def check_roots(self, tree: MerkleTree, size: int) -> None:
        """Compare the claims for sizes up to ``size`` with the tree; raises TamperedError for the first difference.

        The first bad entry lies between the last checkpoint of the same kind that matched and the one that does not.
        """
        due = []
        while self._unchecked and self._unchecked[0][0] <= size:
            due.append(self._unchecked.popleft())
        roots = tree.compute_roots(claimed_size for claimed_size, _, _ in due)
        for (claimed_size, claimed_root, is_saved), root in zip(due, roots, strict=True):
            if root != claimed_root:
                which = "the saved checkpoint" if is_saved else "the log's own checkpoint"
                finding = f"{which} of {claimed_size} entries does not match these entries"
                raise TamperedError(finding, self._last_match[is_saved], claimed_size)
            self._last_match[is_saved] = claimed_size
