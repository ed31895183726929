"""Ways to tamper with a log: each changes it from a random entry on."""

import random
from collections.abc import Callable
from typing import NamedTuple

from tests.unit.verifier.sample_logs import OTHER_KEY, SampleLog, make_leaf


class Tampering(NamedTuple):
    """A log after a change.

    ``first`` is the index of the first bad entry. ``lines`` replace the lines of the export. ``saved`` is the size of
    a checkpoint that somebody saved before the change, if only such a checkpoint reveals it.
    """

    log: SampleLog
    first: int
    lines: list[bytes] | None = None
    saved: int | None = None


def flip_a_bit_of_a_leaf(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Flip one bit of a leaf; the readable members follow."""
    leaf = bytearray(log.leaves[at])
    leaf[chance.randrange(len(leaf))] ^= 1 << chance.randrange(8)
    log.leaves[at] = bytes(leaf)
    return Tampering(log, at)


def flip_a_bit_of_a_line(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Flip one bit of an entry's line."""
    lines = log.make_lines()
    line = bytearray(lines[at])
    line[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    lines[at] = bytes(line)
    return Tampering(log, at, lines)


def show_another_event(log: SampleLog, at: int, _: random.Random) -> Tampering:
    """Change the readable event and leave the leaf."""
    lines = log.make_lines()
    lines[at] = lines[at].replace(b'"type":"todo.TaskCreated"', b'"type":"todo.TaskDeleted"')
    return Tampering(log, at, lines)


def delete_an_entry(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Delete an entry; the entries after it get new indexes, or keep theirs."""
    remaining = [*log.make_lines()[:at], *log.make_lines()[at + 1 :]]
    del log.leaves[at]
    return Tampering(log, at, remaining if chance.random() < 0.5 else None)


def insert_an_entry(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Insert an entry for an event that was never published."""
    log.leaves.insert(at, make_leaf(chance))
    return Tampering(log, at)


def swap_two_entries(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Swap two entries, with their indexes or without."""
    if len(log.leaves) < 2:
        return delete_an_entry(log, at, chance)
    other = chance.choice([index for index in range(len(log.leaves)) if index != at])
    lines = log.make_lines()
    lines[at], lines[other] = lines[other], lines[at]
    log.leaves[at], log.leaves[other] = log.leaves[other], log.leaves[at]
    return Tampering(log, min(at, other), lines if chance.random() < 0.5 else None)


def cut_the_log(log: SampleLog, at: int, _: random.Random) -> Tampering:
    """Delete the last entries."""
    del log.leaves[at:]
    return Tampering(log, at)


def cut_the_log_and_its_checkpoints(log: SampleLog, at: int, _: random.Random) -> Tampering:
    """Delete the last entries and the checkpoints that cover them; one checkpoint was saved elsewhere."""
    saved = len(log.leaves)
    del log.leaves[at:]
    log.notes = {size: note for size, note in log.notes.items() if size <= at}
    if at:
        log.sign(at)
    return Tampering(log, at, None, saved)


def rewrite_with_the_key(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Replace an entry and sign all later checkpoints again with the log's key."""
    saved = len(log.leaves)
    log.leaves[at] = make_leaf(chance)
    log.sign_again(at)
    return Tampering(log, at, None, saved)


def rewrite_without_the_key(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Replace an entry and sign all later checkpoints with another key."""
    log.leaves[at] = make_leaf(chance)
    log.sign_again(at, OTHER_KEY)
    return Tampering(log, at)


def fork_the_log(log: SampleLog, at: int, chance: random.Random) -> Tampering:
    """Replace all entries from one on by as many or more, signed with the log's key."""
    saved = len(log.leaves)
    log.leaves[at:] = [make_leaf(chance) for _ in range(saved - at + chance.randrange(5))]
    log.sign_again(at)
    return Tampering(log, at, None, saved)


WAYS: tuple[Callable[[SampleLog, int, random.Random], Tampering], ...] = (
    flip_a_bit_of_a_leaf,
    flip_a_bit_of_a_line,
    show_another_event,
    delete_an_entry,
    insert_an_entry,
    swap_two_entries,
    cut_the_log,
    cut_the_log_and_its_checkpoints,
    rewrite_with_the_key,
    rewrite_without_the_key,
    fork_the_log,
)
