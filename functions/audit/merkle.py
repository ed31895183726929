"""The arithmetic of a Merkle log (RFC 6962, section 2.1): hashes, and the paths that prove inclusion and consistency.

The log is a binary tree over the hashes of its entries. A node of level k covers 2^k leaves. Once its last leaf exists,
its hash never changes, so complete nodes are stored. Every root and every proof is computed from stored nodes; their
number grows with the logarithm of the log's size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree of 2^level leaves; its first leaf is ``number * 2**level``. A leaf is a node of level 0."""

    level: int
    number: int


class LeafRange(NamedTuple):
    """The leaves from ``start`` up to, but not including, ``end``. Its hash is the root of a tree over them alone."""

    start: int
    end: int


def hash_leaf(entry: bytes) -> bytes:
    """Return the hash of an entry. The first byte makes sure that no leaf can be mistaken for an inner node."""
    return sha256(b"\x00" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of a tree from the hashes of its two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class RightEdge:
    """The part of a tree that appending needs: the hashes of ``split_into_nodes(LeafRange(0, size))``."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The hash of the whole tree."""
        return combine_hashes(self.hashes)

    def extend(self, leaves: Sequence[bytes]) -> tuple["RightEdge", dict[Node, bytes]]:
        """Append leaf hashes; return the new edge, and every node that the leaves complete."""
        size, peaks, completed = self.size, list(self.hashes), dict[Node, bytes]()
        for leaf in leaves:
            node, digest = Node(0, size), leaf
            completed[node] = digest
            while node.number % 2 == 1:
                node, digest = Node(node.level + 1, node.number // 2), hash_children(peaks.pop(), digest)
                completed[node] = digest
            peaks.append(digest)
            size += 1
        return RightEdge(size, tuple(peaks)), completed


def combine_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of a tree from the hashes of its complete nodes, the largest node first."""
    if not hashes:
        return EMPTY_ROOT
    return reduce(lambda right, left: hash_children(left, right), reversed(hashes))


def split_into_nodes(leaves: LeafRange) -> Iterator[Node]:
    """Yield the complete nodes that a range consists of, the largest first.

    For example, the leaves 0 to 6 are the nodes of 4, 2 and 1 leaves: ``Node(2, 0), Node(1, 2), Node(0, 6)``.
    """
    start, end = leaves
    while start < end:
        level = (end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def hash_range(leaves: LeafRange, known: Mapping[Node, bytes]) -> bytes:
    """Return the hash of a range from the hashes of its nodes."""
    return combine_hashes([known[node] for node in split_into_nodes(leaves)])


def find_inclusion_path(index: int, size: int) -> list[LeafRange]:
    """Return the ranges that prove that a tree of ``size`` has the leaf at ``index`` (section 2.1.1, PATH)."""
    path, rest = list[LeafRange](), LeafRange(0, size)
    while rest.end - rest.start > 1:
        left, right = _split_in_two(rest)
        rest, other = (left, right) if index < left.end else (right, left)
        path.append(other)
    return path[::-1]


def find_consistency_path(first: int, second: int) -> list[LeafRange]:
    """Return the ranges that prove that a tree of ``second`` leaves begins with ``first`` (section 2.1.2, PROOF)."""
    path, rest = list[LeafRange](), LeafRange(0, second)
    while first < rest.end:
        left, right = _split_in_two(rest)
        rest, other = (left, right) if first <= left.end else (right, left)
        path.append(other)
    # A subtree that starts at leaf 0 is the first tree itself, which the verifier of the proof already has.
    return [rest, *path[::-1]] if rest.start else path[::-1]


def _split_in_two(leaves: LeafRange) -> tuple[LeafRange, LeafRange]:
    """Split a range as section 2.1 does: at the largest power of two below its number of leaves."""
    start, end = leaves
    middle = start + (1 << ((end - start - 1).bit_length() - 1))
    return LeafRange(start, middle), LeafRange(middle, end)
