"""The arithmetic of a Merkle log (RFC 6962, section 2.1): hashes, and which of them prove what.

A log of entries is a binary tree over their hashes. A subtree of 2^level leaves is complete once its last leaf is
there, and never changes after that. So these are kept, each by its ``Node``, and every root and proof is put together
from them, a number that grows with the logarithm of the log's length.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree: 2^level leaves, the first of them at ``number * 2**level``. A leaf is a node of level 0."""

    level: int
    number: int


class Span(NamedTuple):
    """The leaves from ``start`` up to, not with, ``end``; as a hash, the tree over these alone."""

    start: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry; the first byte keeps a leaf from passing for a node, and the other way round."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a tree over its two subtrees'."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Edge:
    """The right edge of a tree: all that is needed of it to append. ``hashes`` are of ``subtrees(Span(0, size))``."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The tree's hash."""
        return fold(self.hashes)

    def extend(self, leaves: Sequence[bytes]) -> tuple["Edge", dict[Node, bytes]]:
        """Append leaf hashes; return the new edge, and every subtree that they complete."""
        size, peaks, completed = self.size, list(self.hashes), dict[Node, bytes]()
        for leaf in leaves:
            node, found = Node(0, size), leaf
            completed[node] = found
            while node.number % 2 == 1:
                node, found = Node(node.level + 1, node.number // 2), node_hash(peaks.pop(), found)
                completed[node] = found
            peaks.append(found)
            size += 1
        return Edge(size, tuple(peaks)), completed


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of a tree over its complete subtrees', the largest first."""
    if not hashes:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def subtrees(span: Span) -> Iterator[Node]:
    """Yield the complete subtrees that a span of a tree is made of, the largest first."""
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def hash_of(span: Span, known: Mapping[Node, bytes]) -> bytes:
    """Return the hash of a span from those of its subtrees."""
    return fold([known[node] for node in subtrees(span)])


def inclusion(index: int, size: int) -> list[Span]:
    """Return what proves that the tree of a size has the leaf at an index (section 2.1.1, PATH)."""
    path, whole = list[Span](), Span(0, size)
    while whole.end - whole.start > 1:
        left, right = _halves(whole)
        whole, other = (left, right) if index < left.end else (right, left)
        path.append(other)
    return path[::-1]


def consistency(first: int, second: int) -> list[Span]:
    """Return what proves that the tree of the second size begins with that of the first (section 2.1.2, PROOF)."""
    path, whole = list[Span](), Span(0, second)
    while first < whole.end:
        left, right = _halves(whole)
        whole, other = (left, right) if first <= left.end else (right, left)
        path.append(other)
    # A subtree that begins with the log is the first tree itself, which whoever checks the proof has.
    return [whole, *path[::-1]] if whole.start else path[::-1]


def _halves(span: Span) -> tuple[Span, Span]:
    """Split a tree as section 2.1 does: at the largest power of two below its number of leaves."""
    start, end = span
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    return Span(start, middle), Span(middle, end)
