"""The checkpoints that the verifier compares a log with: the log's own and those saved earlier."""

import random
from pathlib import Path

import pytest

from tests.unit.verifier.sample_logs import OTHER_KEY, SampleLog, make_leaf, verify_file
from verifier.verification_errors import CannotVerifyError, TamperedError


def test_an_empty_log_is_in_order_without_a_saved_checkpoint(tmp_path: Path) -> None:
    """A saved checkpoint of entries shows that an empty log was cut."""
    empty = SampleLog([], {}).write(tmp_path / "log")
    assert verify_file(empty) == "the log is empty"
    log = SampleLog.make(random.Random(1), 3)
    with pytest.raises(TamperedError, match="entry 0: missing: a saved checkpoint covers 3 entries"):
        verify_file(empty, log.notes[3])


def test_entries_without_a_checkpoint_are_found(tmp_path: Path) -> None:
    """Deleting the checkpoints counts as tampering."""
    log = SampleLog.make(random.Random(1), 3)
    with pytest.raises(TamperedError, match="entry 0: no checkpoint covers it"):
        verify_file(SampleLog(log.leaves, {}).write(tmp_path / "log"))


def test_two_checkpoints_of_one_size_contradict_each_other(tmp_path: Path) -> None:
    """Two roots for one size prove two histories."""
    one, other = (SampleLog([make_leaf(random.Random(seed))], {}) for seed in (1, 2))
    one.sign(1)
    other.sign(1)
    one.notes[2] = other.notes[1]
    with pytest.raises(TamperedError, match="two checkpoints of 1 entries"):
        verify_file(one.write(tmp_path / "log"))


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (b'{"checkpoint": "', "a line before the first entry is not JSON"),
        (b'{"checkpoint": 5}', "a key or a checkpoint before the first entry is not a string"),
        (b'{"key": null}', "a key or a checkpoint before the first entry is not a string"),
    ],
)
def test_a_broken_line_before_the_entries_is_found(tmp_path: Path, line: bytes, finding: str) -> None:
    """A broken key or checkpoint counts as tampering, and does not hide the lines after it."""
    log = SampleLog.make(random.Random(1), 3)
    path = log.write(tmp_path / "log")
    path.write_bytes(line + b"\n" + path.read_bytes())
    with pytest.raises(TamperedError, match=finding):
        verify_file(path)


def test_a_checkpoint_of_the_empty_log_has_the_empty_root(tmp_path: Path) -> None:
    """The root of an empty tree is the hash of an empty text (RFC 6962, section 2.1); any other root is found."""
    log = SampleLog.make(random.Random(1), 3)
    log.sign(0)
    assert "3 entries" in verify_file(log.write(tmp_path / "log"), log.notes[0])
    log.notes[0] = log.notes[0].replace(log.notes[0].split("\n")[2], log.notes[3].split("\n")[2])
    with pytest.raises(TamperedError, match="the log's own checkpoint of 0 entries does not match"):
        verify_file(log.write(tmp_path / "log"))


def test_a_saved_checkpoint_must_be_signed(tmp_path: Path) -> None:
    """A saved checkpoint without a valid signature makes a verdict impossible."""
    log = SampleLog.make(random.Random(1), 3)
    path = log.write(tmp_path / "log")
    log.sign(3, OTHER_KEY)
    with pytest.raises(CannotVerifyError, match="none of the keys signed a saved checkpoint"):
        verify_file(path, log.notes[3])
