"""The data folder and its lock."""

import json
import os
from pathlib import Path

import pytest

from knative.local.data_folder import empty, held, remove_status, write_status
from knative.local.secrets import open_secrets
from knative.local.start_error import StartError


def test_one_instance_at_a_time(tmp_path: Path) -> None:
    """The second is told which folder and who has it; afterwards the folder is free again."""
    with (
        held(tmp_path),
        pytest.raises(StartError, match=rf"{tmp_path} is in use by another instance \(pid {os.getpid()}\)"),
    ):
        held(tmp_path).__enter__()
    with held(tmp_path):
        pass


def test_folder_is_made(tmp_path: Path) -> None:
    """A folder that is not there yet is made, with its parents."""
    with held(tmp_path / "a b" / "c"):
        assert (tmp_path / "a b" / "c").is_dir()


def test_a_file_in_its_place(tmp_path: Path) -> None:
    """What is no folder is refused in one line."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="file cannot be used: "):
        held(tmp_path / "file").__enter__()


def test_fresh_removes_ours_only(tmp_path: Path) -> None:
    """Starting anew forgets what earlier runs kept, and leaves alone what somebody else put there."""
    (tmp_path / "holiday.txt").touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    open_secrets(tmp_path, ())
    write_status(tmp_path, {})
    empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]


def test_fresh_removes_a_database_elsewhere(tmp_path: Path) -> None:
    """A database that had to live elsewhere goes with the note that says where."""
    elsewhere = tmp_path / "elsewhere"
    data = tmp_path / "data"
    for folder in (elsewhere, data):
        folder.mkdir()
    (data / "postgres-is-in").write_text(f"{elsewhere}\n")
    empty(data)
    assert not elsewhere.exists()
    assert not list(data.iterdir())


def test_status_is_whole_or_absent(tmp_path: Path) -> None:
    """The status is one JSON document, and is taken back at the end."""
    write_status(tmp_path, {"port": 8080})
    assert json.loads((tmp_path / "platform.json").read_text()) == {"port": 8080}
    remove_status(tmp_path)
    remove_status(tmp_path)
    assert not list(tmp_path.iterdir())
