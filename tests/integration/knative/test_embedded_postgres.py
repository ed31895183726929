"""The embedded PostgreSQL as a real server."""

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

CreateServer = Callable[[Path], Postgres]


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, with a name that needs correct quoting."""
    with TemporaryDirectory(prefix="todo it's a test ") as created:
        folder = Path(created)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def create_server() -> Iterator[CreateServer]:
    """Create servers, and stop and remove them at the end."""
    servers: list[Postgres] = []

    def create_one(data: Path) -> Postgres:
        data.mkdir(parents=True, exist_ok=True)
        servers.append(Postgres(data))
        return servers[-1]

    yield create_one
    for server in servers:
        server.stop()
        server.remove()


def _execute(url: str, statement: str) -> object:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def _kill(server: Postgres) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.is_alive():
        time.sleep(0.01)


def _as_owner_of(folder: Path) -> dict[str, Any]:
    """Return the arguments of a process with the server's user. PostgreSQL takes such a process for a server."""
    owner = folder.stat()
    return {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}


def test_a_killed_server_starts_again_with_its_data(data_folder: Path, create_server: CreateServer) -> None:
    """Its URL stays the same, because running functions use it."""
    server = create_server(data_folder)
    server.start()
    url = server.admin_url
    _execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    _kill(server)
    server.start()
    assert server.admin_url == url
    assert _execute(url, "SELECT answer FROM kept") == 42


def test_a_stopped_server_leaves_its_data_and_no_sockets(data_folder: Path, create_server: CreateServer) -> None:
    """The next platform finds the data."""
    server = create_server(data_folder)
    server.start()
    _execute(server.admin_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    sockets = Path(server.admin_url.split("unix_sock=")[1]).parent
    server.stop()
    assert not server.is_alive()
    assert not sockets.exists()
    again = create_server(data_folder)
    again.start()
    assert _execute(again.admin_url, "SELECT answer FROM kept") == 42


def test_the_server_of_a_killed_platform_is_stopped(data_folder: Path, create_server: CreateServer) -> None:
    """The next platform starts its own server. The sockets of the old one are deleted."""
    leftover = create_server(data_folder)
    leftover.start()
    sockets = Path(leftover.admin_url.split("unix_sock=")[1]).parent
    server = create_server(data_folder)
    server.start()
    assert not leftover.is_alive()
    assert not sockets.exists()
    assert _execute(server.admin_url, "SELECT 1") == 1


def test_a_reused_process_id_does_not_prevent_a_start(data_folder: Path, create_server: CreateServer) -> None:
    """The unrelated process with the id of the dead server runs on."""
    server = create_server(data_folder)
    server.start()
    _kill(server)
    with Popen(["sleep", "60"], **_as_owner_of(server.folder)) as unrelated:
        pid_file = server.folder / "data" / "postmaster.pid"
        _, *rest = pid_file.read_text().splitlines(keepends=True)
        pid_file.write_text("".join([f"{unrelated.pid}\n", *rest]))
        server.start()
        assert _execute(server.admin_url, "SELECT 1") == 1
        assert unrelated.poll() is None
        unrelated.kill()


def test_a_connection_needs_the_password(data_folder: Path, create_server: CreateServer) -> None:
    """This applies to the socket as well, and there is no TCP port."""
    server = create_server(data_folder)
    server.start()
    with pytest.raises(DBAPIError):
        _execute(server.url_of("postgres", "guess"), "SELECT 1")
    assert "scram-sha-256" in (server.folder / "data" / "pg_hba.conf").read_text()
    assert _execute(server.admin_url, "SHOW listen_addresses") == ""
    assert _execute(server.admin_url, "SHOW fsync") == "on"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_a_private_folder_of_root_stays_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, create_server: CreateServer, data_folder: Path
) -> None:
    """The database is stored in a system folder instead."""
    monkeypatch.setattr(postgres_home, "SYSTEM_FOLDERS", (data_folder / "system",))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = create_server(home / "data")
    server.start()
    assert _execute(server.admin_url, "SELECT 1") == 1
    assert server.folder.is_relative_to(data_folder / "system")
    assert home.stat().st_mode & 0o777 == 0o700
