"""The arithmetic of the Merkle log, against published vectors and against RFC 6962 taken literally."""

import random
import time
from collections.abc import Sequence
from hashlib import sha256

import pytest

from functions.audit.merkle import (
    EMPTY_ROOT,
    LeafRange,
    Node,
    RightEdge,
    find_consistency_path,
    find_inclusion_path,
    hash_leaf,
    hash_range,
)
from tests.proof_checks import proves_consistency, proves_inclusion

# The log of Certificate Transparency's own tests (google/certificate-transparency, cpp/merkletree).
LEAVES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SECOND = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
THIRD_AND_FOURTH = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
LAST_FOUR = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
FIFTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST_TWO = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
FIFTH_AND_SIXTH = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def tree_of(leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """Return every complete subtree over entries."""
    return RightEdge().extend([hash_leaf(leaf) for leaf in leaves])[1]


def hashes_of(spans: Sequence[LeafRange], tree: dict[Node, bytes]) -> list[bytes]:
    """Return a proof's hashes."""
    return [hash_range(span, tree) for span in spans]


def literal_root(leaves: Sequence[bytes]) -> bytes:
    """Return MTH(D[n]) as section 2.1 writes it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + literal_root(leaves[:k]) + literal_root(leaves[k:])).digest()


def literal_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return PATH(m, D[n]) as section 2.1.1 writes it."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*literal_path(m, leaves[:k]), literal_root(leaves[k:])]
    return [*literal_path(m - k, leaves[k:]), literal_root(leaves[:k])]


def literal_proof(m: int, leaves: Sequence[bytes], *, known: bool = True) -> list[bytes]:
    """Return SUBPROOF(m, D[n], b) as section 2.1.2 writes it."""
    if m == len(leaves):
        return [] if known else [literal_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*literal_proof(m, leaves[:k], known=known), literal_root(leaves[k:])]
    return [*literal_proof(m - k, leaves[k:], known=False), literal_root(leaves[:k])]


def split(n: int) -> int:
    """Return the largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def test_the_root_of_an_empty_log() -> None:
    """It is the hash of nothing."""
    assert RightEdge().root == EMPTY_ROOT == sha256(b"").digest()


def test_published_roots() -> None:
    """Each size of the published log has the published root."""
    edge = RightEdge()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        edge, _ = edge.extend([hash_leaf(leaf)])
        assert edge.root.hex() == root


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (5, 8, [FIFTH, LAST_TWO, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], THIRD_AND_FOURTH, FIFTH]),
    ],
)
def test_published_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    """An inclusion proof is the published one, hash by hash."""
    assert [one.hex() for one in hashes_of(find_inclusion_path(index, size), tree_of(LEAVES))] == path


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        (1, 1, []),
        (1, 8, [SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (6, 8, [FIFTH_AND_SIXTH, LAST_TWO, ROOTS[3]]),
        (2, 5, [THIRD_AND_FOURTH, FIFTH]),
    ],
)
def test_published_consistency_proofs(first: int, second: int, path: list[str]) -> None:
    """A consistency proof is the published one, hash by hash."""
    assert [one.hex() for one in hashes_of(find_consistency_path(first, second), tree_of(LEAVES))] == path


def test_every_proof_of_small_logs() -> None:
    """Up to 40 entries, every proof there is equals the RFC's definition, and convinces whoever checks it."""
    leaves = [bytes([number]) * (number % 3) for number in range(40)]
    tree = tree_of(leaves)
    roots = [literal_root(leaves[:size]) for size in range(41)]
    for size in range(1, 41):
        for index in range(size):
            path = hashes_of(find_inclusion_path(index, size), tree)
            assert path == literal_path(index, leaves[:size])
            assert proves_inclusion(hash_leaf(leaves[index]), index, size, path, roots[size])
        for first in range(1, size + 1):
            path = hashes_of(find_consistency_path(first, size), tree)
            assert path == literal_proof(first, leaves[:size])
            assert proves_consistency(first, size, path, roots[first], roots[size])


def test_random_logs() -> None:
    """Longer logs that grow by random steps have the root and the proofs that the RFC's own words give them."""
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    chance = random.Random(seed)
    for _ in range(30):
        leaves, edge, tree = list[bytes](), RightEdge(), dict[Node, bytes]()
        while len(leaves) < 300:
            more = [chance.randbytes(chance.randrange(40)) for _ in range(chance.randrange(1, 60))]
            leaves += more
            edge, completed = edge.extend([hash_leaf(leaf) for leaf in more])
            tree |= completed
            assert edge.root == literal_root(leaves) == hash_range(LeafRange(0, len(leaves)), tree)
        size = chance.randrange(2, len(leaves))
        index, first = chance.randrange(size), chance.randrange(1, size)
        assert hashes_of(find_inclusion_path(index, size), tree) == literal_path(index, leaves[:size])
        assert hashes_of(find_consistency_path(first, size), tree) == literal_proof(first, leaves[:size])
