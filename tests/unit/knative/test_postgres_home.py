"""Where the embedded PostgreSQL lives."""

import os
from pathlib import Path

import pytest

from knative.local import postgres_home
from knative.local.postgres_home import find_home, forget_home, known_home
from knative.local.start_error import StartError


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What the user was told; the system's folders are this test's own."""
    monkeypatch.setattr(postgres_home, "SYSTEM_FOLDERS", (tmp_path / "system",))
    return []


def _private(tmp_path: Path) -> Path:
    data = tmp_path / "private" / "data"
    data.mkdir(parents=True)
    data.parent.chmod(0o700)
    return data


def test_an_ordinary_user_keeps_it_in_the_data_folder(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is not root runs PostgreSQL as themselves."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    home = find_home(tmp_path, say=said.append)
    assert (home.folder, home.run_as, said) == (tmp_path / "postgres", {}, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_keeps_it_where_its_user_can_enter(tmp_path: Path, said: list[str]) -> None:
    """A private folder stays closed: the database goes elsewhere, is said once, and is found again."""
    data = _private(tmp_path)
    home = find_home(data, say=said.append)
    assert home.folder.parent == tmp_path / "system"
    assert known_home(data) == home.folder
    assert [line for line in said if "cannot enter" in line] == [
        f"the database's user cannot enter {data}: the database is in {home.folder}"
    ]
    said.clear()
    assert find_home(data, say=said.append).folder == home.folder
    assert said == []
    assert data.parent.stat().st_mode & 0o777 == 0o700
    forget_home(data)
    assert not home.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_leaves_an_ordinary_users_database_alone(tmp_path: Path, said: list[str]) -> None:
    """What an ordinary user began stays theirs, to the last owner of a file."""
    database = tmp_path / "postgres"
    database.mkdir()
    os.chown(database, 1000, 1000)
    with pytest.raises(StartError, match="was made by another user"):
        find_home(tmp_path, say=said.append)
    assert database.stat().st_uid == 1000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a folder to another user")
def test_another_users_database_is_refused(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What root began, an ordinary user is told not to go on with."""
    (tmp_path / "postgres").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StartError, match="was made by another user"):
        find_home(tmp_path, say=said.append)
