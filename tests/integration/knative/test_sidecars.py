"""Dapr sidecars as processes, with a script in place of daprd: they start and end with their functions."""

import asyncio
import os
import signal
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

FAKE_DAPRD = """#!/bin/sh
here="$(dirname "$0")"
if [ -e "$here/broken" ]; then
  echo '{"level": "fatal", "msg": "Fatal error from runtime: no"}'
  exit 1
fi
echo "$$ $*" >> "$here/started"
env > "$here/partial" && mv "$here/partial" "$here/environment"
exec sleep 1000
"""


@pytest.fixture
def fake_daprd(tmp_path: Path) -> Path:
    """A program that records its start, and then runs on."""
    program = tmp_path / "programs" / "daprd"
    program.parent.mkdir()
    program.write_text(FAKE_DAPRD, encoding="utf-8")
    program.chmod(0o755)
    return program


def recorded_starts(fake_daprd: Path) -> list[list[str]]:
    """Return the process id and the arguments of every start."""
    record = fake_daprd.with_name("started")
    return [line.split() for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []


async def pid_of_start(fake_daprd: Path, start: int = 0) -> int:
    """Return the process id of a start, counted from 0, after waiting for this start."""
    await wait_until(lambda: len(recorded_starts(fake_daprd)) > start, "the sidecar starts")
    return int(recorded_starts(fake_daprd)[start][0])


def test_a_sidecar_starts_and_stops_with_its_function(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """Both end when the function is idle. The next request starts both."""

    async def scenario(running: RunningPlatform) -> None:
        assert recorded_starts(fake_daprd) == []
        await running.get("/sample/1")
        first = await pid_of_start(fake_daprd)
        await wait_until(lambda: not is_alive(first), "the sidecar ends after its function")
        await running.get("/sample/1")
        assert await pid_of_start(fake_daprd, 1) != first

    run_scenario(scenario, window="1s", daprd=fake_daprd)


def test_a_function_gets_the_address_of_its_sidecar(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """The ports of the sidecar's command line are in the function's environment, and both have the same token."""

    async def scenario(running: RunningPlatform) -> None:
        _, response = await running.get("/sample/1")
        variables = response["dapr"]
        await pid_of_start(fake_daprd)
        [(_, *arguments)] = recorded_starts(fake_daprd)
        assert arguments[arguments.index("--app-id") + 1] == "sample"
        assert arguments[arguments.index("--dapr-http-port") + 1] == variables["DAPR_HTTP_PORT"]
        assert arguments[arguments.index("--dapr-grpc-port") + 1] == variables["DAPR_GRPC_PORT"]
        record = fake_daprd.with_name("environment")
        await wait_until(record.exists, "the sidecar records its environment")
        environment = dict(line.split("=", 1) for line in record.read_text(encoding="utf-8").splitlines())
        assert environment["DAPR_API_TOKEN"] == variables["DAPR_API_TOKEN"]
        assert environment["STATE_STORE_CONNECTION"] == "host=nowhere"
        assert "HOME" not in environment

    run_scenario(scenario, daprd=fake_daprd)


def test_a_killed_sidecar_starts_again_at_the_same_ports(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """Its function runs on in the same process, and knows these ports."""

    async def scenario(running: RunningPlatform) -> None:
        _, before = await running.get("/sample/1")
        os.kill(await pid_of_start(fake_daprd), signal.SIGKILL)
        await pid_of_start(fake_daprd, 1)
        (_, *first), (_, *second) = recorded_starts(fake_daprd)
        assert first == second
        _, after = await running.get("/sample/1")
        assert after["pid"] == before["pid"]
        assert any("sample sidecar" in line and "killed by SIGKILL" in line for line in running.lines)

    run_scenario(scenario, daprd=fake_daprd)


def test_a_sidecar_that_does_not_start_is_retried(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """The console shows the reason. The function serves requests meanwhile."""

    async def scenario(running: RunningPlatform) -> None:
        fake_daprd.with_name("broken").touch()
        status, _ = await running.get("/sample/1")
        assert status == 200
        await wait_until(
            lambda: any("Fatal error from runtime: no" in line for line in running.lines),
            "the console shows the reason",
        )
        fake_daprd.with_name("broken").unlink()
        assert is_alive(await pid_of_start(fake_daprd))

    run_scenario(scenario, daprd=fake_daprd)


def test_changed_secrets_restart_the_sidecar(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """Dapr reads its file of secrets at the start only."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        first = await pid_of_start(fake_daprd)
        (running.folder / "secrets.json").write_text('{"some": "other"}', encoding="utf-8")
        assert is_alive(await pid_of_start(fake_daprd, 1))
        assert not is_alive(first)

    run_scenario(scenario, daprd=fake_daprd)


def test_stopping_the_platform_stops_its_sidecars(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """No sidecar runs after the platform has stopped."""
    pids: list[int] = []

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        pids.append(await pid_of_start(fake_daprd))

    run_scenario(scenario, daprd=fake_daprd)
    assert not is_alive(pids[0])


def test_sidecars_end_with_the_fork_server(run_scenario: RunScenario, fake_daprd: Path) -> None:
    """The next request starts the function and its sidecar again."""

    async def scenario(running: RunningPlatform) -> None:
        await running.get("/sample/1")
        first = await pid_of_start(fake_daprd)
        os.kill(parent_of(first), signal.SIGKILL)
        await wait_until(lambda: not is_alive(first), "the sidecar ends")
        await wait_until(lambda: any("the fork server died" in line for line in running.lines), "the console shows it")
        await running.get("/sample/1")
        assert is_alive(await pid_of_start(fake_daprd, 1))

    run_scenario(scenario, daprd=fake_daprd)


def test_stopping_the_fork_server_ends_its_programs(tmp_path: Path, fake_daprd: Path) -> None:
    """A program that was not stopped before is killed."""

    async def run() -> None:
        server = ForkServer(root=tmp_path)
        server.start_program([str(fake_daprd)], {}, log=tmp_path / "log")
        pid = await pid_of_start(fake_daprd)
        await server.stop()
        assert not is_alive(pid)

    asyncio.run(run())


def test_a_missing_program_is_in_its_log(tmp_path: Path) -> None:
    """The process ends with code 1, and its log has the reason."""

    async def run() -> None:
        server = ForkServer(root=tmp_path)
        process = server.start_program([str(tmp_path / "nowhere")], {}, log=tmp_path / "log")
        assert await process.exited == 1
        await server.stop()
        assert "nowhere cannot be run: No such file" in (tmp_path / "log").read_text(encoding="utf-8")

    asyncio.run(run())
