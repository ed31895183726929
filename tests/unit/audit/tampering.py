"""What whoever holds a log can do to it."""

import random
from collections.abc import Callable
from typing import NamedTuple

from tests.unit.audit.logs import OTHER_KEY, Log, an_entry


class Tampered(NamedTuple):
    """A log that was tampered with, the first entry that is not as it was, and a checkpoint from before."""

    log: Log
    first: int
    lines: list[bytes] | None = None
    pinned: int | None = None


def flipped(log: Log, at: int, chance: random.Random) -> Tampered:
    """One bit of what was hashed is another; what can be read beside it follows."""
    leaf = bytearray(log.leaves[at])
    leaf[chance.randrange(len(leaf))] ^= 1 << chance.randrange(8)
    log.leaves[at] = bytes(leaf)
    return Tampered(log, at)


def flipped_in_the_file(log: Log, at: int, chance: random.Random) -> Tampered:
    """One bit of an entry's line is another."""
    lines = log.lines()
    found = bytearray(lines[at])
    found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    lines[at] = bytes(found)
    return Tampered(log, at, lines)


def shown_as_another(log: Log, at: int, _: random.Random) -> Tampered:
    """What can be read beside an entry is not what was hashed."""
    lines = log.lines()
    lines[at] = lines[at].replace(b'"type":"todo.TaskCreated"', b'"type":"todo.TaskDeleted"')
    return Tampered(log, at, lines)


def deleted(log: Log, at: int, chance: random.Random) -> Tampered:
    """An entry is gone, and those behind it close up, or not."""
    kept = [*log.lines()[:at], *log.lines()[at + 1 :]]
    del log.leaves[at]
    return Tampered(log, at, kept if chance.random() < 0.5 else None)


def inserted(log: Log, at: int, chance: random.Random) -> Tampered:
    """An entry that nobody heard is there."""
    log.leaves.insert(at, an_entry(chance))
    return Tampered(log, at)


def reordered(log: Log, at: int, chance: random.Random) -> Tampered:
    """Two entries have changed places, with their indexes or without."""
    if len(log.leaves) < 2:
        return deleted(log, at, chance)
    other = chance.choice([index for index in range(len(log.leaves)) if index != at])
    lines = log.lines()
    lines[at], lines[other] = lines[other], lines[at]
    log.leaves[at], log.leaves[other] = log.leaves[other], log.leaves[at]
    return Tampered(log, min(at, other), lines if chance.random() < 0.5 else None)


def truncated(log: Log, at: int, _: random.Random) -> Tampered:
    """The last entries are gone."""
    del log.leaves[at:]
    return Tampered(log, at)


def truncated_with_its_checkpoints(log: Log, at: int, _: random.Random) -> Tampered:
    """The last entries are gone, and every checkpoint that knew of them, but for one that somebody kept."""
    pinned = len(log.leaves)
    del log.leaves[at:]
    log.notes = {size: note for size, note in log.notes.items() if size <= at}
    if at:
        log.sign(at)
    return Tampered(log, at, None, pinned)


def rewritten(log: Log, at: int, chance: random.Random) -> Tampered:
    """An entry is another, and whoever did it had the key for all checkpoints that follow."""
    pinned = len(log.leaves)
    log.leaves[at] = an_entry(chance)
    log.sign_again(at)
    return Tampered(log, at, None, pinned)


def rewritten_without_the_key(log: Log, at: int, chance: random.Random) -> Tampered:
    """An entry is another, and the checkpoints that follow fit it, but nobody signed them who may."""
    log.leaves[at] = an_entry(chance)
    log.sign_again(at, OTHER_KEY)
    return Tampered(log, at)


def forked(log: Log, at: int, chance: random.Random) -> Tampered:
    """Behind an entry there are others, as many or more, signed with the key."""
    pinned = len(log.leaves)
    log.leaves[at:] = [an_entry(chance) for _ in range(pinned - at + chance.randrange(5))]
    log.sign_again(at)
    return Tampered(log, at, None, pinned)


WAYS: tuple[Callable[[Log, int, random.Random], Tampered], ...] = (
    flipped,
    flipped_in_the_file,
    shown_as_another,
    deleted,
    inserted,
    reordered,
    truncated,
    truncated_with_its_checkpoints,
    rewritten,
    rewritten_without_the_key,
    forked,
)
