"""Checks Merkle proofs with the algorithms of RFC 9162, without the code that makes the proofs."""

from collections.abc import Sequence
from hashlib import sha256


def is_valid_inclusion_proof(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether ``path`` proves that the tree with ``root`` has the leaf hash at ``index`` (section 2.1.3.2)."""
    if index >= size:
        return False
    first, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = _hash_children(other, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = _hash_children(found, other)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def is_valid_consistency_proof(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Return whether ``path`` proves that the tree ``new`` begins with the tree ``old`` (section 2.1.4.2).

    ``old`` is the root hash at the size ``first``, and ``new`` the root hash at the size ``second``.
    """
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
            left, right = _hash_children(other, left), _hash_children(other, right)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            right = _hash_children(right, other)
        here, last = here >> 1, last >> 1
    return last == 0 and left == old and right == new


def _hash_children(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
