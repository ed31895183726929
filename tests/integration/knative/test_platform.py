"""The stand-in for Knative with real processes: from zero, back to zero, and through every kind of death."""

import asyncio
import os
import signal
import socket
from io import StringIO
from pathlib import Path

import pytest

from knative.local.console import Console
from knative.local.platform import Platform
from tests.integration.knative.conftest import Play, Stage, alive, parent_of, until
from tests.unit.knative.samples import function_list


def test_the_first_request_starts_a_function_and_the_next_finds_it(play: Play) -> None:
    """Nothing runs until it is wanted; then one process serves."""

    async def scene(stage: Stage) -> None:
        assert await stage.pids() == []
        status, first = await stage.get("/sample/1?a=b")
        assert (status, first["path"], first["service"]) == (200, "/sample/1?a=b", "sample")
        _, second = await stage.get("/sample/2")
        assert second["pid"] == first["pid"]
        assert first["pid"] in await stage.pids()

    play(scene)


def test_the_first_event_starts_a_function(play: Play) -> None:
    """The broker's answer means that the function has the event."""

    async def scene(stage: Stage) -> None:
        assert await stage.publish() == 202
        assert stage.heard() == ["sample 1"]

    play(scene)


def test_an_idle_function_stops_with_all_its_processes(play: Play) -> None:
    """Back to zero, and up again with the next request."""

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        pids = await stage.pids()
        await until(lambda: not any(map(alive, pids)), "the idle function is gone")
        await until(lambda: any("stopped: idle" in line for line in stage.lines), "that is shown")
        assert (await stage.get("/sample/1"))[0] == 200

    play(scene, window="1s")


def test_a_function_that_is_told_to_stop_finishes_first(play: Play) -> None:
    """A request in flight has its answer, though SIGTERM came before."""

    async def scene(stage: Stage) -> None:
        held = asyncio.create_task(stage.get("/sample/wait"))
        await until((stage.folder / "waiting").exists, "the sample waits")
        arbiter, _ = await stage.pids()
        os.kill(arbiter, signal.SIGTERM)
        stage.touch("go on")
        assert (await held)[0] == 200
        await until(lambda: not alive(arbiter), "the function has stopped")

    play(scene)


def test_stopping_the_platform_lets_requests_finish(play: Play) -> None:
    """Ctrl-C is no reason to lose an answer."""
    answers: list[asyncio.Task[tuple[int, dict[str, object]]]] = []

    async def scene(stage: Stage) -> None:
        answers.append(asyncio.create_task(stage.get("/sample/wait")))
        await until((stage.folder / "waiting").exists, "the sample waits")
        stopping = asyncio.create_task(stage.platform.stop())
        await asyncio.sleep(0)
        stage.touch("go on")
        assert (await answers[0])[0] == 200
        await stopping

    play(scene)


def test_a_killed_instance_is_replaced(play: Play) -> None:
    """``kill -9`` of both its processes costs the next request nothing."""

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        pids = await stage.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        # A request that reaches one while it dies is lost with it: that is another test's.
        await until(lambda: not any(map(alive, pids)), "the processes are gone")
        status, _ = await stage.get("/sample/1")
        assert status == 200
        assert not set(pids) & set(await stage.pids())

    play(scene)


def test_an_event_survives_the_death_of_its_function(play: Play) -> None:
    """No answer is tried again: the process that replaces the dead one gets the event."""

    async def scene(stage: Stage) -> None:
        stage.touch("deadly")
        assert await stage.publish() == 202
        assert stage.heard() == ["sample 1", "sample 1"]

    play(scene)


def test_a_request_whose_function_dies_is_unavailable(play: Play) -> None:
    """It may have had an effect, so nobody but the caller can repeat it."""

    async def scene(stage: Stage) -> None:
        status, problem = await stage.get("/sample/die")
        assert (status, problem["status"]) == (503, 503)
        assert (await stage.get("/sample/1"))[0] == 200

    play(scene)


def test_a_function_that_does_not_start_says_why(play: Play) -> None:
    """Its last words are shown, its events are dead letters, and mended code is taken up at once."""

    async def scene(stage: Stage) -> None:
        stage.touch("broken")
        status, problem = await stage.get("/sample/1")
        assert status == 503
        assert "cannot start: the sample is broken" in str(problem["detail"])
        (stage.folder / "keep.py").write_text((stage.folder / "keep.py").read_text().replace('"broken"', '"never"'))
        assert await stage.publish() == 202
        assert stage.heard() == ["keep 1"]
        assert any("a dead letter" in line for line in stage.lines)
        (stage.folder / "broken").unlink()
        for _ in range(100):
            status, _ = await stage.get("/sample/1")
            if status == 200:
                break
            await asyncio.sleep(0.1)
        assert status == 200

    play(scene)


def test_the_fork_server_s_death_is_survived(play: Play) -> None:
    """Its processes go with it, and a new one starts with the next request."""

    async def scene(stage: Stage) -> None:
        await stage.get("/sample/1")
        pids = await stage.pids()
        os.kill(parent_of(pids[0]), signal.SIGKILL)
        await until(lambda: not any(map(alive, pids)), "the processes are gone")
        await until(lambda: any("fork server" in line for line in stage.lines), "it was noticed")
        assert (await stage.get("/sample/1"))[0] == 200

    play(scene)


def test_a_long_folder_is_no_obstacle(play: Play) -> None:
    """Unix sockets have short names, whatever the data folder is called."""

    async def scene(stage: Stage) -> None:
        assert (await stage.get("/sample/1"))[0] == 200

    play(scene, run_folder="with spaces/" + "and very long " * 10)


def test_a_port_in_use_is_an_error_at_the_start(tmp_path: Path) -> None:
    """Nothing is left behind, and the caller can say which port it was."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        platform = Platform(
            function_list(),
            environment=lambda _function, _url: {},
            port=taken.getsockname()[1],
            console=Console(StringIO()),
            root=tmp_path,
            run=tmp_path / "run",
        )
        with pytest.raises(OSError, match="address already in use"):
            asyncio.run(platform.start())
