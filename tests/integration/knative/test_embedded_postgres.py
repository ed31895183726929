"""The embedded PostgreSQL, started for real."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from knative.local import postgres_home
from knative.local.postgres import Postgres


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database's user can enter, with a name that breaks careless quoting."""
    with TemporaryDirectory(prefix="todo it's a test ") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def open_server() -> Iterator[Callable[[Path], Postgres]]:
    """Make servers that are stopped and removed at the end."""
    made: list[Postgres] = []

    def open_one(data: Path) -> Postgres:
        data.mkdir(parents=True, exist_ok=True)
        made.append(Postgres(data))
        return made[-1]

    yield open_one
    for server in made:
        server.stop()
        server.remove()


def _run(url: str, statement: str) -> object:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def _kill(server: Postgres) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        time.sleep(0.01)


def _as_owner_of(folder: Path) -> dict[str, Any]:
    """Return what makes a process the same user's as the server, which PostgreSQL takes for another server."""
    owner = folder.stat()
    return {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}


def test_killed_and_started_again(place: Path, open_server: Callable[[Path], Postgres]) -> None:
    """After kill -9 what was committed is there, under the same URL, which the functions were given."""
    server = open_server(place)
    server.start()
    url = server.admin_url
    _run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    _kill(server)
    server.start()
    assert server.admin_url == url
    assert _run(url, "SELECT answer FROM kept") == 42


def test_stopped_and_started_again(place: Path, open_server: Callable[[Path], Postgres]) -> None:
    """A new platform finds the data of the one before; a server that was stopped leaves no sockets."""
    server = open_server(place)
    server.start()
    _run(server.admin_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    sockets = Path(server.admin_url.split("unix_sock=")[1]).parent
    server.stop()
    assert not server.alive()
    assert not sockets.exists()
    again = open_server(place)
    again.start()
    assert _run(again.admin_url, "SELECT answer FROM kept") == 42


def test_leftover_of_a_killed_platform_is_ended(place: Path, open_server: Callable[[Path], Postgres]) -> None:
    """A server whose platform was killed makes way for the next one's, and its sockets go."""
    leftover = open_server(place)
    leftover.start()
    sockets = Path(leftover.admin_url.split("unix_sock=")[1]).parent
    server = open_server(place)
    server.start()
    assert not leftover.alive()
    assert not sockets.exists()
    assert _run(server.admin_url, "SELECT 1") == 1


def test_stale_pid_of_a_stranger(place: Path, open_server: Callable[[Path], Postgres]) -> None:
    """A pid file whose number another process has been given since ends nobody, and keeps nobody from starting."""
    server = open_server(place)
    server.start()
    _kill(server)
    with Popen(["sleep", "60"], **_as_owner_of(server.folder)) as stranger:
        stale = server.folder / "data" / "postmaster.pid"
        _, *rest = stale.read_text().splitlines(keepends=True)
        stale.write_text("".join([f"{stranger.pid}\n", *rest]))
        server.start()
        assert _run(server.admin_url, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_nobody_gets_in_without_the_password(place: Path, open_server: Callable[[Path], Postgres]) -> None:
    """The socket is no way around the password, and there is no TCP port."""
    server = open_server(place)
    server.start()
    with pytest.raises(DBAPIError):
        _run(server.url_of("postgres", "guess"), "SELECT 1")
    assert "scram-sha-256" in (server.folder / "data" / "pg_hba.conf").read_text()
    assert _run(server.admin_url, "SHOW listen_addresses") == ""
    assert _run(server.admin_url, "SHOW fsync") == "on"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_in_a_private_folder_of_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_server: Callable[[Path], Postgres], place: Path
) -> None:
    """Where the database's user cannot enter, it runs elsewhere, and no folder of the user's is opened up."""
    monkeypatch.setattr(postgres_home, "SYSTEM_FOLDERS", (place / "system",))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = open_server(home / "data")
    server.start()
    assert _run(server.admin_url, "SELECT 1") == 1
    assert server.folder.is_relative_to(place / "system")
    assert home.stat().st_mode & 0o777 == 0o700
