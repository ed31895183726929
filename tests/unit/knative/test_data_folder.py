"""The data folder: its lock, its cleanup and its status file."""

import json
import os
from pathlib import Path

import pytest

from knative.local.data_folder import (
    delete_platform_status,
    empty_data_folder,
    lock_data_folder,
    write_platform_status,
)
from knative.local.local_secrets import load_local_secrets
from knative.local.start_error import StartError


def test_only_one_platform_uses_a_folder(tmp_path: Path) -> None:
    """The error names the folder and the process that uses it. Afterwards the folder is free again."""
    with (
        lock_data_folder(tmp_path),
        pytest.raises(StartError, match=rf"{tmp_path} is in use by another instance \(pid {os.getpid()}\)"),
    ):
        lock_data_folder(tmp_path).__enter__()
    with lock_data_folder(tmp_path):
        pass


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    """Its parents are created as well."""
    with lock_data_folder(tmp_path / "a b" / "c"):
        assert (tmp_path / "a b" / "c").is_dir()


def test_a_file_is_not_a_data_folder(tmp_path: Path) -> None:
    """The start fails with one line."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="file cannot be used: "):
        lock_data_folder(tmp_path / "file").__enter__()


def test_emptying_deletes_only_the_platforms_files(tmp_path: Path) -> None:
    """Other files in the folder stay."""
    (tmp_path / "holiday.txt").touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    load_local_secrets(tmp_path, ())
    write_platform_status(tmp_path, {})
    empty_data_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]


def test_emptying_deletes_a_database_outside_the_folder(tmp_path: Path) -> None:
    """The pointer file to the database is deleted as well."""
    elsewhere = tmp_path / "elsewhere"
    data = tmp_path / "data"
    for folder in (elsewhere, data):
        folder.mkdir()
    (data / "postgres-is-in").write_text(f"{elsewhere}\n")
    empty_data_folder(data)
    assert not elsewhere.exists()
    assert not list(data.iterdir())


def test_the_status_is_one_json_document(tmp_path: Path) -> None:
    """It can be deleted more than once."""
    write_platform_status(tmp_path, {"port": 8080})
    assert json.loads((tmp_path / "platform.json").read_text()) == {"port": 8080}
    delete_platform_status(tmp_path)
    delete_platform_status(tmp_path)
    assert not list(tmp_path.iterdir())
