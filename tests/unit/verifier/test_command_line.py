"""The command `verify-audit`: its exit status, its messages and its help."""

import random
import time
from pathlib import Path

import pytest

from tests.unit.verifier.sample_logs import KEY, VERIFIER_KEY, SampleLog, make_leaf
from verifier.command_line import main
from verifier.progress_line import ProgressLine


def test_the_exit_status_is_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command returns 0, 1 or 2 and prints the reason."""
    log = SampleLog.make(random.Random(1), 5)
    path, key, saved = log.write(tmp_path / "log"), tmp_path / "key", tmp_path / "checkpoint"
    key.write_text(f"{VERIFIER_KEY}\n")
    saved.write_text(log.notes[5])
    assert main([str(path), "--key", str(key), "--checkpoint", str(saved)]) == 0
    assert "5 entries" in capsys.readouterr().out
    log.leaves[3] = make_leaf(random.Random(2))
    assert main([str(log.write(tmp_path / "bad")), "--key", str(key)]) == 1
    assert capsys.readouterr().out.startswith("tampered with: ")
    assert main([str(path)]) == 2
    assert "name a file of keys with --key" in capsys.readouterr().err
    assert main([str(tmp_path / "absent"), "--key", str(key)]) == 2


def test_a_log_must_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a source and without a running scripts/up, the command names the remedy."""
    assert main([]) == 2
    assert "no log is named: give a file" in capsys.readouterr().err
    assert main(["--data", str(tmp_path)]) == 2
    assert f"scripts/up does not run on {tmp_path}" in capsys.readouterr().err


def test_a_private_key_is_never_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of private keys, named by mistake, does not appear on the screen or in a build's log."""
    path, key = SampleLog.make(random.Random(1), 5).write(tmp_path / "log"), tmp_path / "key"
    key.write_text(f"{VERIFIER_KEY}\n{KEY}\n")
    assert main([str(path), "--key", str(key)]) == 2
    message = "cannot verify: key 2 is not an Ed25519 verifier key: use those of GET /audit/key\n"
    assert capsys.readouterr().err == message


def test_a_file_is_not_exported_onto_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command rejects such an export and leaves the file unchanged."""
    path, key = SampleLog.make(random.Random(1), 5).write(tmp_path / "log"), tmp_path / "key"
    key.write_text(VERIFIER_KEY)
    before = path.read_bytes()
    assert main([str(path), "--key", str(key), "--export", str(path)]) == 2
    assert "export to another file" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_help_explains_sources_options_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names every source, the options that matter for trust, and the exit status."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(part in text for part in ("postgresql://", "--checkpoint names", "Exit status: 0"))


def test_the_progress_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on stderr gives the entries that are done and their rate."""
    now = iter(range(0, 100, 6))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    ProgressLine().show(1200, 4800)
    assert capsys.readouterr().err == "1,200 of 4,800 entries, 200 a second\n"
