"""The local platform when its processes are killed: functions, the fork server, and the platform itself."""

import asyncio
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from knative.local.fork_server import ForkServer
from tests.integration.knative.running_platform import (
    RunningPlatform,
    RunScenario,
    is_alive,
    parent_of,
    wait_until,
)

CHECKOUT = Path(__file__).parents[3]

START_TWO_PROCESSES = """
import asyncio, sys
from pathlib import Path
from knative.local.fork_server import ForkServer

async def run(folder):
    server = ForkServer(root=folder)
    await server.start()
    environment = {"SERVICE_NAME": "sample", "FUNCTION_SOURCE": "sample.py", "FUNCTION_TARGET": "sample_function"}
    function = server.start_function(environment, socket=folder / "socket", log=folder / "function.log")
    program = server.start_program(["/bin/sleep", "1000"], {}, log=folder / "program.log")
    await function.ready
    while not program.pids:
        await asyncio.sleep(0.01)
    print(*function.pids, *program.pids, flush=True)
    await asyncio.sleep(1000)

if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
"""


def test_a_killed_instance_is_replaced(run_scenario: RunScenario) -> None:
    """After ``kill -9`` of both its processes, the next request succeeds."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        pids = await running.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        # A request during the death of its instance fails. Another test covers that.
        await wait_until(lambda: not any(map(is_alive, pids)), "the processes end")
        status, _ = await running.get("/sample/1")
        assert status == 200
        assert not set(pids) & set(await running.pids())

    run_scenario(scenario)


def test_a_killed_worker_is_replaced_by_its_arbiter(run_scenario: RunScenario) -> None:
    """The instance stays the same, and its process ids are those of the arbiter and the new worker."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        arbiter, worker = await running.pids()
        os.kill(worker, signal.SIGKILL)
        await wait_until(lambda: not is_alive(worker), "the worker ends")
        status, response = await running.get("/sample/1")
        assert status == 200
        assert await running.pids() == [arbiter, response["pid"]]

    run_scenario(scenario)


def test_an_event_survives_the_death_of_its_function(run_scenario: RunScenario) -> None:
    """The broker retries an event without a response, so the next instance handles the event."""

    async def scenario(running: RunningPlatform) -> None:
        running.touch("deadly")
        assert await running.publish() == 202
        assert running.handled_events() == ["sample 1", "sample 1"]

    run_scenario(scenario)


def test_a_request_fails_if_its_function_dies(run_scenario: RunScenario) -> None:
    """The request may have had an effect, so only the caller may repeat it."""

    async def scenario(running: RunningPlatform) -> None:
        status, problem = await running.get("/sample/die")
        assert (status, problem["status"]) == (503, 503)
        assert (await running.get("/sample/1"))[0] == 200

    run_scenario(scenario)


def test_a_function_that_does_not_start_gives_its_reason(run_scenario: RunScenario) -> None:
    """The response has its last message, its events become dead letters, and repaired code is used at once."""

    async def scenario(running: RunningPlatform) -> None:
        running.touch("broken")
        status, problem = await running.get("/sample/1")
        assert status == 503
        assert "cannot start: the sample is broken" in str(problem["detail"])
        keep = running.folder / "keep.py"
        keep.write_text(keep.read_text().replace('"broken"', '"never"'))
        assert await running.publish() == 202
        assert running.handled_events() == ["keep 1"]
        assert any("becomes a dead letter" in line for line in running.lines)
        (running.folder / "broken").unlink()
        for _ in range(100):
            status, _ = await running.get("/sample/1")
            if status == 200:
                break
            await asyncio.sleep(0.1)
        assert status == 200

    run_scenario(scenario)


def test_a_killed_fork_server_is_replaced(run_scenario: RunScenario) -> None:
    """Its processes end with it. The next request starts another fork server."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        pids = await running.pids()
        os.kill(parent_of(pids[0]), signal.SIGKILL)
        await wait_until(lambda: not any(map(is_alive, pids)), "the processes end")
        await wait_until(lambda: any("the fork server died" in line for line in running.lines), "the console shows it")
        assert (await running.get("/sample/1"))[0] == 200

    run_scenario(scenario)


def test_the_event_loop_watches_no_closed_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new connection may get the number of a closed pipe at once. The end of the pipe must not unwatch it."""
    closed: list[int] = []
    close = Connection.close

    def check_and_close(connection: Connection) -> None:
        descriptor = connection.fileno()
        assert descriptor not in asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]
        closed.append(descriptor)
        close(connection)

    async def run() -> None:
        server = ForkServer(root=tmp_path)
        process = server.start_program(["/bin/sh", "-c", "exit 3"], {}, log=tmp_path / "log")
        monkeypatch.setattr(Connection, "close", check_and_close)
        assert await process.exited == 3
        monkeypatch.undo()
        await server.stop()

    asyncio.run(run())
    assert len(closed) == 2


def test_no_process_outlives_a_killed_platform(tmp_path: Path) -> None:
    """After ``kill -9`` of the platform, functions, programs and the fork server end."""
    sample = Path(__file__).parent / "sample_functions" / "sample_function.py"
    (tmp_path / "sample.py").write_text(sample.read_text(encoding="utf-8"), encoding="utf-8")
    script = tmp_path / "platform_script.py"
    script.write_text(START_TWO_PROCESSES, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path)]
    long_folder = tmp_path / "a long folder for temporary files" / "with sockets that need a short path"
    long_folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(long_folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as platform:
        assert platform.stdout
        pids = [int(word) for word in platform.stdout.readline().split()]
        assert len(pids) == 3
        pids.append(parent_of(pids[0]))
        assert all(map(is_alive, pids))
        platform.kill()
    asyncio.run(wait_until(lambda: not any(map(is_alive, pids)), "all processes end"))
