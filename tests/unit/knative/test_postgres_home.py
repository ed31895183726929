"""The folder and the user of the embedded PostgreSQL."""

import os
from pathlib import Path

import pytest

from knative.local import postgres_home
from knative.local.postgres_home import delete_postgres_home, find_postgres_home, locate_postgres_folder
from knative.local.start_error import StartError


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The lines for the user. System folders are replaced by one of the test."""
    monkeypatch.setattr(postgres_home, "SYSTEM_FOLDERS", (tmp_path / "system",))
    return []


def _create_private_data_folder(tmp_path: Path) -> Path:
    data = tmp_path / "private" / "data"
    data.mkdir(parents=True)
    data.parent.chmod(0o700)
    return data


def test_an_ordinary_user_has_the_database_in_the_data_folder(
    tmp_path: Path, reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL runs as the current user."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    home = find_postgres_home(tmp_path, report=reported.append)
    assert (home.folder, home.run_as, reported) == (tmp_path / "postgres", {}, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_a_private_data_folder_of_root_has_its_database_elsewhere(tmp_path: Path, reported: list[str]) -> None:
    """The folder stays private. The user is informed once, and later starts find the database."""
    data = _create_private_data_folder(tmp_path)
    home = find_postgres_home(data, report=reported.append)
    assert home.folder.parent == tmp_path / "system"
    assert locate_postgres_folder(data) == home.folder
    assert [line for line in reported if "cannot enter" in line] == [
        f"the database's user cannot enter {data}: the database is in {home.folder}"
    ]
    reported.clear()
    assert find_postgres_home(data, report=reported.append).folder == home.folder
    assert reported == []
    assert data.parent.stat().st_mode & 0o777 == 0o700
    delete_postgres_home(data)
    assert not home.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_does_not_use_the_database_of_an_ordinary_user(tmp_path: Path, reported: list[str]) -> None:
    """The owner of its files stays the same."""
    database = tmp_path / "postgres"
    database.mkdir()
    os.chown(database, 1000, 1000)
    with pytest.raises(StartError, match="was created by another user"):
        find_postgres_home(tmp_path, report=reported.append)
    assert database.stat().st_uid == 1000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of a folder")
def test_an_ordinary_user_does_not_use_the_database_of_root(
    tmp_path: Path, reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start fails with one line."""
    (tmp_path / "postgres").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StartError, match="was created by another user"):
        find_postgres_home(tmp_path, report=reported.append)
