"""Sidecars as processes, with a stand-in for daprd: beside their functions, and through every kind of death."""

import asyncio
import os
import signal
from io import StringIO
from pathlib import Path

import pytest

from knative.local.console import Console
from knative.local.fork_server import ForkServer
from tests.integration.knative.conftest import Play, Stage, alive, parent_of, until

STAND_IN = """#!/bin/sh
here="$(dirname "$0")"
if [ -e "$here/broken" ]; then
  echo '{"level": "fatal", "msg": "Fatal error from runtime: no"}'
  exit 1
fi
echo "$$ $*" >> "$here/started"
env > "$here/noting" && mv "$here/noting" "$here/environment"
exec sleep 1000
"""


@pytest.fixture
def daprd(tmp_path: Path) -> Path:
    """A program that notes how it was started, and stays."""
    place = tmp_path / "programs" / "daprd"
    place.parent.mkdir()
    place.write_text(STAND_IN, encoding="utf-8")
    place.chmod(0o755)
    return place


def started(daprd: Path) -> list[list[str]]:
    """Return the process and the arguments of every start."""
    note = daprd.with_name("started")
    return [line.split() for line in note.read_text(encoding="utf-8").splitlines()] if note.exists() else []


async def pid_of(daprd: Path, start: int = 0) -> int:
    """Return the process of a start, once it is there."""
    await until(lambda: len(started(daprd)) > start, "the sidecar is started")
    return int(started(daprd)[start][0])


def test_comes_with_its_function_and_goes_after_it(play: Play, daprd: Path) -> None:
    """Idle, both are gone; the next request starts both."""

    async def scene(stage: Stage) -> None:
        assert started(daprd) == []
        await stage.get("/sample/1")
        first = await pid_of(daprd)
        await until(lambda: not alive(first), "the sidecar has gone with its function")
        await stage.get("/sample/1")
        assert await pid_of(daprd, 1) != first

    play(scene, window="1s", daprd=daprd)


def test_its_function_is_told_where_it_is(play: Play, daprd: Path) -> None:
    """The ports on its command line are those in the function's environment, and they share a token."""

    async def scene(stage: Stage) -> None:
        _, answer = await stage.get("/sample/1")
        told = answer["dapr"]
        await pid_of(daprd)
        [(_, *arguments)] = started(daprd)
        assert arguments[arguments.index("--app-id") + 1] == "sample"
        assert arguments[arguments.index("--dapr-http-port") + 1] == told["DAPR_HTTP_PORT"]
        assert arguments[arguments.index("--dapr-grpc-port") + 1] == told["DAPR_GRPC_PORT"]
        note = daprd.with_name("environment")
        await until(note.exists, "its environment is noted")
        environment = dict(line.split("=", 1) for line in note.read_text(encoding="utf-8").splitlines())
        assert environment["DAPR_API_TOKEN"] == told["DAPR_API_TOKEN"]
        assert environment["STATE_STORE_CONNECTION"] == "host=nowhere"
        assert "HOME" not in environment

    play(scene, daprd=daprd)


def test_a_killed_one_is_started_again_where_it_was(play: Play, daprd: Path) -> None:
    """Its function, which knows its ports, goes on as the same process."""

    async def scene(stage: Stage) -> None:
        _, before = await stage.get("/sample/1")
        os.kill(await pid_of(daprd), signal.SIGKILL)
        await pid_of(daprd, 1)
        (_, *first), (_, *second) = started(daprd)
        assert first == second
        _, after = await stage.get("/sample/1")
        assert after["pid"] == before["pid"]
        assert any("sample sidecar" in line and "killed by SIGKILL" in line for line in stage.lines)

    play(scene, daprd=daprd)


def test_one_that_does_not_start_says_why_and_is_tried_again(play: Play, daprd: Path) -> None:
    """Its function answers meanwhile."""

    async def scene(stage: Stage) -> None:
        daprd.with_name("broken").touch()
        status, _ = await stage.get("/sample/1")
        assert status == 200
        await until(lambda: any("Fatal error from runtime: no" in line for line in stage.lines), "it said why")
        daprd.with_name("broken").unlink()
        assert alive(await pid_of(daprd))

    play(scene, daprd=daprd)


def test_changed_secrets_are_read(play: Play, daprd: Path) -> None:
    """Dapr reads its file at the start only."""

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        first = await pid_of(daprd)
        (stage.folder / "secrets.json").write_text('{"some": "other"}', encoding="utf-8")
        assert alive(await pid_of(daprd, 1))
        assert not alive(first)

    play(scene, daprd=daprd)


def test_stopping_the_platform_leaves_none(play: Play, daprd: Path) -> None:
    """The sidecar goes with its function."""
    pids: list[int] = []

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        pids.append(await pid_of(daprd))

    play(scene, daprd=daprd)
    assert not alive(pids[0])


def test_the_fork_server_s_death_ends_it(play: Play, daprd: Path) -> None:
    """With the functions go their sidecars, and come again with the next request."""

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        first = await pid_of(daprd)
        os.kill(parent_of(first), signal.SIGKILL)
        await until(lambda: not alive(first), "the sidecar is gone")
        await until(lambda: any("fork server" in line for line in stage.lines), "it was noticed")
        await stage.get("/sample/1")
        assert alive(await pid_of(daprd, 1))

    play(scene, daprd=daprd)


def test_a_program_dies_when_nobody_gives_orders_any_more(tmp_path: Path, daprd: Path) -> None:
    """That is what the fork server sees of a platform that was killed."""

    async def scene() -> None:
        servers = ForkServer(root=tmp_path, run=tmp_path, console=Console(StringIO()))
        await servers.run([str(daprd)], {}, log=tmp_path / "log")
        pid = await pid_of(daprd)
        await servers.stop()
        await until(lambda: not alive(pid), "the program is gone")

    asyncio.run(scene())


def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    """It ends like one that failed, with the reason in its log."""

    async def scene() -> None:
        servers = ForkServer(root=tmp_path, run=tmp_path, console=Console(StringIO()))
        fork = await servers.run([str(tmp_path / "nowhere")], {}, log=tmp_path / "log")
        assert await fork.exited == 1
        await servers.stop()
        assert "nowhere cannot be run: No such file" in (tmp_path / "log").read_text(encoding="utf-8")

    asyncio.run(scene())
