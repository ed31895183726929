"""The Merkle tree over a log's leaves (RFC 6962, section 2.1), hashed one chunk at a time."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_SIZE = sha256().digest_size


class MerkleTree:
    """The tree over the leaves so far.

    A chunk has ``1 << chunk_levels`` leaves. The tree holds one hash for each complete subtree before the current
    chunk, and all levels of the current chunk: ``levels[0]`` are the hashes of its leaves. ``start`` is the index of
    the chunk's first leaf.
    """

    def __init__(self, chunk_levels: int) -> None:
        self.start = 0
        self.levels: list[list[bytes]] = [[]]
        self._chunk_levels = chunk_levels
        self._subtrees: list[bytes] = []

    def hash_chunk(self, leaves: Sequence[bytes]) -> None:
        """Hash the leaves of the current chunk. Every chunk before it must have been completed."""
        hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
        self.levels = [hashes]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=False)
            hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self.levels.append(hashes)

    def compute_roots(self, sizes: Iterable[int]) -> list[bytes]:
        """Return the root of the tree over the first ``size`` leaves, for each size.

        Each size must end in the current chunk. All roots advance by one level together, since that is faster than one
        root after the other: they share the hashes of complete subtrees and no others.
        """
        if not self.levels[0]:
            return [sha256(b"").digest() for _ in sizes]
        within = [size - self.start for size in sizes]
        # A size is a sum of complete subtrees: 6 = 0b110 is one of 4 leaves and, at its right end, one of 2 leaves.
        # Each root begins with the rightmost subtree; `left` counts the leaves before it.
        lowest_levels = [(size & -size).bit_length() - 1 for size in within]
        roots = [self.levels[level][(size >> level) - 1] for level, size in zip(lowest_levels, within, strict=True)]
        left = [size & (size - 1) for size in within]
        for hashes in self.levels:
            roots = [
                sha256(b"\x01" + hashes[count - 1] + root).digest() if count & 1 else root
                for count, root in zip(left, roots, strict=True)
            ]
            left = [count >> 1 for count in left]
        for subtree in reversed(self._subtrees):
            prefix = b"\x01" + subtree
            roots = [sha256(prefix + root).digest() for root in roots]
        return roots

    def complete_chunk(self) -> list[tuple[int, int, bytes]]:
        """End the current chunk, which must be full, and begin the next.

        Return the larger subtrees that the chunk completes, each as its level, its index in the level and its hash. For
        example, the fourth chunk completes a subtree of two chunks and one of four.
        """
        level, index = self._chunk_levels, self.start >> self._chunk_levels
        subtree = self.levels[level][0]
        completed = []
        while index & 1:
            level, index = level + 1, index >> 1
            subtree = sha256(b"\x01" + self._subtrees.pop() + subtree).digest()
            completed.append((level, index, subtree))
        self._subtrees.append(subtree)
        self.start += 1 << self._chunk_levels
        self.levels = [[]]
        return completed
