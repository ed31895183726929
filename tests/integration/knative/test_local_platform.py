"""The local platform with real processes: they start on demand, stop when idle, and finish their requests."""

import asyncio
import os
import signal
import socket
from io import StringIO
from pathlib import Path

import pytest

from knative.local.console import Console
from knative.local.local_platform import LocalPlatform
from tests.integration.knative.running_platform import RunningPlatform, RunScenario, is_alive, wait_until
from tests.unit.knative.scripted_functions import function_list


def test_the_first_request_starts_an_instance_and_the_next_uses_it(run_scenario: RunScenario) -> None:
    """No process runs before the first request. Then one process serves all requests."""

    async def scenario(running: RunningPlatform) -> None:
        assert await running.pids() == []
        status, first = await running.get("/sample/1?a=b")
        assert (status, first["path"], first["service"]) == (200, "/sample/1?a=b", "sample")
        _, second = await running.get("/sample/2")
        assert second["pid"] == first["pid"]
        assert first["pid"] in await running.pids()

    run_scenario(scenario)


def test_the_first_event_starts_an_instance(run_scenario: RunScenario) -> None:
    """The broker responds after the function has handled the event."""

    async def scenario(running: RunningPlatform) -> None:
        assert await running.publish() == 202
        assert running.handled_events() == ["sample 1"]

    run_scenario(scenario)


def test_an_idle_instance_stops_with_all_its_processes(run_scenario: RunScenario) -> None:
    """The function scales to zero, and to one with the next request."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        pids = await running.pids()
        await wait_until(lambda: not any(map(is_alive, pids)), "the idle instance ends")
        await wait_until(lambda: any("stopped: idle" in line for line in running.lines), "the console shows it")
        assert (await running.get("/sample/1"))[0] == 200

    run_scenario(scenario, window="1s")


def test_an_instance_finishes_its_requests_after_sigterm(run_scenario: RunScenario) -> None:
    """A request in flight gets its response, and the exit handlers run, which publish the last events."""

    async def scenario(running: RunningPlatform) -> None:
        request = asyncio.create_task(running.get("/sample/wait"))
        await wait_until((running.folder / "waiting").exists, "the sample waits")
        arbiter, _ = await running.pids()
        os.kill(arbiter, signal.SIGTERM)
        running.touch("go on")
        assert (await request)[0] == 200
        await wait_until(lambda: not is_alive(arbiter), "the instance ends")
        assert (running.folder / "exited").exists()

    run_scenario(scenario)


def test_stopping_the_platform_lets_requests_finish(run_scenario: RunScenario) -> None:
    """A request in flight gets its response although the platform stops."""
    requests: list[asyncio.Task[tuple[int, dict[str, object]]]] = []

    async def scenario(running: RunningPlatform) -> None:
        requests.append(asyncio.create_task(running.get("/sample/wait")))
        await wait_until((running.folder / "waiting").exists, "the sample waits")
        stopping = asyncio.create_task(running.platform.stop())
        await asyncio.sleep(0)
        running.touch("go on")
        assert (await requests[0])[0] == 200
        await stopping

    run_scenario(scenario)


def test_a_run_folder_may_have_a_long_path(run_scenario: RunScenario) -> None:
    """The paths of unix sockets stay short."""

    async def scenario(running: RunningPlatform) -> None:
        assert (await running.get("/sample/1"))[0] == 200

    run_scenario(scenario, run_folder="with spaces/" + "and very long " * 10)


def test_a_port_in_use_stops_the_start(tmp_path: Path) -> None:
    """The error goes to the caller, who knows which port it was."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        platform = LocalPlatform(
            function_list(),
            environment=lambda _function, _url: {},
            port=taken.getsockname()[1],
            console=Console(StringIO()),
            root=tmp_path,
            run=tmp_path / "run",
        )
        with pytest.raises(OSError, match="address already in use"):
            asyncio.run(platform.start())
