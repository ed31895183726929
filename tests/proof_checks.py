"""Checks of Merkle proofs as RFC 9162 spells them out, which share nothing with what makes the proofs."""

from collections.abc import Sequence
from hashlib import sha256


def proves_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check that a leaf hash is at an index of the tree with a root (section 2.1.3.2)."""
    if index >= size:
        return False
    first, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = _join(other, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = _join(found, other)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Check that the tree with the root ``new`` begins with that with the root ``old`` (section 2.1.4.2)."""
    if first == second:
        return not path and old == new
    hashes = [old, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    left = right = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            left, right = _join(other, left), _join(other, right)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            right = _join(right, other)
        here, last = here >> 1, last >> 1
    return last == 0 and left == old and right == new


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
