"""The parts of a checkpoint: the log's origin, its size and its root (C2SP tlog-checkpoint)."""

import binascii

from .merkle_tree import HASH_SIZE
from .verification_errors import TamperedError


class LogCheckpoint:
    """A parsed checkpoint note.

    ``origin`` is the log's name, ``size`` the number of entries, ``root`` the hash of the tree over them. The note's
    first three lines hold them; its signatures are checked by VerifierKeys. Raises TamperedError for any other text.
    """

    __slots__ = ("origin", "root", "size")

    def __init__(self, note: str) -> None:
        try:
            self.origin, size, root = note.split("\n", 3)[:3]
            self.size = int(size)
            self.root = binascii.a2b_base64(root, strict_mode=True)
        except ValueError:
            raise TamperedError(f"not a checkpoint: {note[:100]!r}") from None
        if len(self.root) != HASH_SIZE or str(self.size) != size or self.size < 0:
            raise TamperedError(f"not a checkpoint: {note[:100]!r}")
