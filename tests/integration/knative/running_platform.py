"""A running local platform for a test, its client, and what tests ask about processes."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from knative.function_list import Function, FunctionList
from knative.local.console import Console
from knative.local.local_platform import LocalPlatform
from knative.local.sidecar_launcher import SidecarLauncher
from tests.unit.knative.scripted_functions import EVENT

PATIENCE = 60.0


class RunningPlatform:
    """A platform with the functions ``sample`` and ``keep``, and a client of its ports."""

    def __init__(self, platform: LocalPlatform, client: ClientSession, folder: Path, shown: StringIO) -> None:
        self.platform = platform
        self.folder = folder
        self._client = client
        self._shown = shown

    @property
    def lines(self) -> list[str]:
        """The lines of the console, without times."""
        return [line.partition(" ")[2] for line in self._shown.getvalue().splitlines()]

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON of a response of the public port."""
        async with self._client.get(f"http://127.0.0.1:{self.platform.port}{path}") as response:
            return response.status, await response.json(content_type=None)

    async def publish(self, event_id: str = "1") -> int:
        """Publish an event and return the broker's status."""
        url = f"{self.platform.internal_url}/broker"
        async with self._client.post(url, headers={**EVENT, "ce-id": event_id}, data=b"{}") as response:
            return response.status

    async def pids(self, name: str = "sample") -> list[int]:
        """Return the process ids of a function's instance."""
        async with self._client.get(f"{self.platform.internal_url}/instances") as response:
            running: dict[str, list[int]] = await response.json()
        return running.get(name, [])

    def touch(self, name: str) -> None:
        """Create a file that controls the sample function."""
        (self.folder / name).touch()

    def handled_events(self) -> list[str]:
        """Return the function and the id of each handled event, such as ``sample 1``."""
        file = self.folder / "handled"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


Scenario = Callable[[RunningPlatform], Awaitable[None]]
RunScenario = Callable[..., None]


async def wait_until(condition: Callable[[], object], description: str) -> None:
    """Wait until a condition is true. Fail after a time that is enough for a slow machine."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"timed out: {description}"
        await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Return whether a process runs. A zombie does not."""
    state = _ps(pid, "stat")
    return bool(state) and not state.startswith("Z")


def parent_of(pid: int) -> int:
    """Return the id of a process's parent."""
    return int(_ps(pid, "ppid"))


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def sample_environment(function: Function, internal_url: str) -> dict[str, str]:
    """Return the variables of a sample function."""
    return {
        "SERVICE_NAME": function.name,
        "EVENT_BUS_URL": f"{internal_url}/broker",
        "THREADS": "4",
        "FUNCTION_SOURCE": function.source,
        "FUNCTION_TARGET": function.target,
    }


def sample_sidecars(daprd: Path, run: Path, console: Console) -> SidecarLauncher:
    """Return a launcher of sidecars. Their secrets are in ``secrets.json`` beside the run folder."""
    secrets = run.parent / "secrets.json"
    secrets.write_text("{}", encoding="utf-8")
    return SidecarLauncher(
        daprd, secrets_file=secrets, state_connection=lambda: "host=nowhere", run=run, console=console
    )


def sample_list(window: str) -> FunctionList:
    """Return a list of ``sample``, which subscribes to TaskCreated, and ``keep``, the dead-letter sink."""
    delivery = {"retry": 4, "backoffPolicy": "exponential", "backoffDelay": "PT0.1S", "deadLetterSink": "keep"}
    common = {
        "domain": "samples",
        "target": "sample_function",
        "scale": {"max": 1, "concurrency": 4, "window": window},
        "timeout": "60s",
    }
    sample: dict[str, Any] = {
        "name": "sample",
        "source": "sample.py",
        "paths": ["/sample"],
        "triggers": [{"type": "todo.TaskCreated"}],
        "secrets": ["some"],
        "state": True,
    }
    return FunctionList.model_validate(
        {
            "broker": {"name": "default", "delivery": delivery},
            "functions": [{**common, **sample}, {**common, "name": "keep", "source": "keep.py"}],
        }
    )
