"""Verifies a log: hashes every entry again, and compares the tree with the checkpoints and their signatures."""

import base64
from collections.abc import Callable, Sequence

from .checkpoint_claims import CheckpointClaims
from .chunks import CHUNK_LEVELS
from .log_checkpoint import LogCheckpoint
from .log_source import LogSource
from .merkle_tree import HASH_SIZE, MerkleTree
from .verification_errors import MISSING, CannotVerifyError, TamperedError
from .verifier_keys import VerifierKeys


def verify_log(
    source: LogSource,
    keys: VerifierKeys,
    saved: Sequence[str],
    report_progress: Callable[[int, int], None],
    chunk_levels: int = CHUNK_LEVELS,
) -> str:
    """Return a sentence about a log that is in order; raises TamperedError for the first thing that is not.

    ``saved`` are checkpoints from earlier; CannotVerifyError is raised if none of the keys signed one of them.
    ``report_progress`` is called with the number of entries that are done and of those in the log. Entries are hashed
    in chunks of ``1 << chunk_levels``.
    """
    for note in saved:
        if not keys.has_valid_signature(note):
            raise CannotVerifyError("none of the keys signed a saved checkpoint, so it proves nothing")
    claims = CheckpointClaims(source.read_notes(), saved)
    tree, length = MerkleTree(chunk_levels), 0
    claims.check_roots(tree, 0)
    for leaves in source.read_chunks(claims.size, 1 << chunk_levels):
        tree.hash_chunk(leaves)
        length = tree.start + len(leaves)
        _check_stored_hashes(source, tree, length)
        claims.check_roots(tree, length)
        if len(leaves) == 1 << chunk_levels:
            _complete_chunk(source, tree)
        report_progress(length, claims.size)
    _check_length(claims, length)
    if claims.newest is None:
        return "the log is empty"
    _check_signatures(source, keys, claims)
    root = base64.b64encode(claims.newest.root).decode()
    earlier = f" ({len(saved)} saved earlier)" if saved else ""
    return (
        f"{claims.newest.origin}: {length} entries match {claims.count + len(saved)} checkpoints{earlier};"
        f" the newest is signed, its root is {root}"
    )


def _check_stored_hashes(source: LogSource, tree: MerkleTree, length: int) -> None:
    """Compare the hashes that the log stores for its proofs with the current chunk."""
    for level, hashes in enumerate(tree.levels):
        start = tree.start >> level
        stored = source.get_stored_hashes(level, start, start + len(hashes))
        if stored is None:
            return
        if stored != b"".join(hashes):
            bad = next(at for at, found in enumerate(hashes) if stored[at * HASH_SIZE :][:HASH_SIZE] != found)
            first = (start + bad) << level
            raise TamperedError("the stored hash over it is wrong", first, min(first + (1 << level), length))


def _complete_chunk(source: LogSource, tree: MerkleTree) -> None:
    """End the tree's chunk, and compare the stored hashes of the larger subtrees that it completes."""
    for level, index, subtree in tree.complete_chunk():
        if source.get_stored_hashes(level, index, index + 1) not in {None, subtree}:
            raise TamperedError("the stored hash over it is wrong", index << level, (index + 1) << level)


def _check_length(claims: CheckpointClaims, length: int) -> None:
    """Compare the number of entries with the checkpoints."""
    if length < claims.size:
        # An entry after the last checkpoint that matched may be one of the missing, moved to a lower index.
        finding = f"{MISSING}: the newest checkpoint covers {claims.size} entries"
        raise TamperedError(finding, claims.last_matching_size, length + 1)
    if length > claims.size:
        raise TamperedError("no checkpoint covers it: the newest covers fewer entries", claims.size)
    for checkpoint in claims.saved:
        if checkpoint.size > length:
            raise TamperedError(f"{MISSING}: a saved checkpoint covers {checkpoint.size} entries", length)
        if claims.newest and checkpoint.origin != claims.newest.origin:
            raise TamperedError(f"a saved checkpoint is of another log: {checkpoint.origin}")


def _check_signatures(source: LogSource, keys: VerifierKeys, claims: CheckpointClaims) -> None:
    """Check the newest checkpoint's signature, which covers all entries; if it is bad, find the first bad one."""
    if keys.has_valid_signature(claims.newest_note):
        return
    last_signed = 0
    for note in source.read_notes():
        size = LogCheckpoint(note).size
        if not keys.has_valid_signature(note):
            raise TamperedError(f"none of the keys signed the checkpoint of {size} entries", last_signed, size)
        last_signed = size
