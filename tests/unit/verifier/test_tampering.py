"""The verifier finds every change of a log, and accepts every log without one."""

import random
import time
from pathlib import Path

import pytest

from tests.unit.verifier.sample_logs import SampleLog, verify_file
from tests.unit.verifier.tamperings import WAYS
from verifier.verification_errors import TamperedError

TRIALS = 1000
CHUNK_LEVELS = (1, 2, 3, 12)
"""Small chunks, so that a short log has many, and one that is larger than any log here."""


@pytest.fixture
def chance() -> random.Random:
    """A source of randomness; a failing test prints its seed."""
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - the seed repeats a failure
    return random.Random(seed)


def test_every_tampering_is_found(chance: random.Random, tmp_path: Path) -> None:
    """The verifier finds a thousand random changes, and the first bad entry is in the range that it reports."""
    for trial in range(TRIALS):
        original = SampleLog.make(chance, chance.randrange(1, 40))
        way = WAYS[trial % len(WAYS)]
        tampering = way(original.copy(), chance.randrange(len(original.leaves)), chance)
        path = tampering.log.write(tmp_path / "log", tampering.lines)
        saved = [original.notes[tampering.saved]] if tampering.saved else []
        with pytest.raises(TamperedError) as found:
            verify_file(path, *saved, chunk_levels=chance.choice(CHUNK_LEVELS))
        first, before = found.value.first, found.value.before
        assert first is not None
        assert before is not None
        assert first <= tampering.first < before, (way.__name__, str(found.value), tampering.first)


def test_an_unchanged_log_is_in_order(chance: random.Random, tmp_path: Path) -> None:
    """The verifier accepts a thousand random logs, some of them with their own saved checkpoints."""
    for _ in range(TRIALS):
        log = SampleLog.make(chance, chance.randrange(1, 40))
        saved = chance.sample(list(log.notes.values()), chance.randrange(min(3, len(log.notes)) + 1))
        verdict = verify_file(log.write(tmp_path / "log"), *saved, chunk_levels=chance.choice(CHUNK_LEVELS))
        assert verdict.startswith(f"example.com/log: {len(log.leaves)} entries")


def test_a_deeply_nested_line_is_found(tmp_path: Path) -> None:
    """A line that is nested too deeply for the JSON parser counts as tampering."""
    log = SampleLog.make(random.Random(1), 5)
    lines = log.make_lines()
    lines[2] = b'{"index":2,"leaf":' + b"[" * 100_000
    with pytest.raises(TamperedError, match="entry 2: its line is not JSON"):
        verify_file(log.write(tmp_path / "log", lines))
