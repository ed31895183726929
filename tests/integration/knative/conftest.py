"""A whole platform, with sample functions in processes of their own."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from knative.function_list import Function, FunctionList
from knative.local.console import Console
from knative.local.platform import Platform
from knative.local.sidecars import Sidecars
from tests.unit.knative.samples import EVENT

SAMPLE = Path(__file__).parent / "samples" / "sample.py"
PATIENCE = 60.0


class Stage:
    """A running platform, a client of it, and what it showed."""

    def __init__(self, platform: Platform, client: ClientSession, folder: Path, shown: StringIO) -> None:
        self.platform = platform
        self.folder = folder
        self._client = client
        self._shown = shown

    @property
    def lines(self) -> list[str]:
        """What the console shows, without times."""
        return [line.partition(" ")[2] for line in self._shown.getvalue().splitlines()]

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON that the public port answers."""
        async with self._client.get(f"http://127.0.0.1:{self.platform.port}{path}") as response:
            return response.status, await response.json(content_type=None)

    async def publish(self, event_id: str = "1") -> int:
        """Publish an event and return the broker's status."""
        url = f"{self.platform.internal_url}/broker"
        async with self._client.post(url, headers={**EVENT, "ce-id": event_id}, data=b"{}") as response:
            return response.status

    async def pids(self, name: str = "sample") -> list[int]:
        """Return the processes of a function's instance."""
        async with self._client.get(f"{self.platform.internal_url}/instances") as response:
            running: dict[str, list[int]] = await response.json()
        return running.get(name, [])

    def touch(self, name: str) -> None:
        """Make a file that the sample looks at."""
        (self.folder / name).touch()

    def heard(self) -> list[str]:
        """Return the events that functions noted."""
        file = self.folder / "heard"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


Scene = Callable[[Stage], Awaitable[None]]
Play = Callable[..., None]


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that will come, however slow the machine is."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain until {what}"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is only not yet reaped does not."""
    state = _ps(pid, "stat")
    return bool(state) and not state.startswith("Z")


def parent_of(pid: int) -> int:
    """Return the process that forked another."""
    return int(_ps(pid, "ppid"))


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play a scene on a platform whose function ``sample`` hears TaskCreated; then everything must be gone."""

    def play_one(scene: Scene, *, window: str = "60s", run_folder: str = "run", daprd: Path | None = None) -> None:
        shutil.copy(SAMPLE, tmp_path / "sample.py")
        shutil.copy(SAMPLE, tmp_path / "keep.py")
        shown = StringIO()
        console = Console(shown)
        run = tmp_path / run_folder
        platform = Platform(
            _listed(window),
            environment=_environment,
            port=0,
            console=console,
            root=tmp_path,
            run=run,
            sidecars=_sidecars(daprd, run, console) if daprd else None,
        )

        async def whole() -> None:
            await platform.start()
            try:
                async with ClientSession() as client:
                    await scene(Stage(platform, client, tmp_path, shown))
            finally:
                await platform.stop()

        asyncio.run(whole())

    return play_one


def _environment(function: Function, internal_url: str) -> dict[str, str]:
    return {
        "SERVICE_NAME": function.name,
        "EVENT_BUS_URL": f"{internal_url}/broker",
        "THREADS": "4",
        "FUNCTION_SOURCE": function.source,
        "FUNCTION_TARGET": function.target,
    }


def _sidecars(daprd: Path, run: Path, console: Console) -> Sidecars:
    secrets = run.parent / "secrets.json"
    secrets.write_text("{}", encoding="utf-8")
    return Sidecars(daprd, secrets_file=secrets, state_connection=lambda: "host=nowhere", run=run, console=console)


def _listed(window: str) -> FunctionList:
    delivery = {"retry": 4, "backoffPolicy": "exponential", "backoffDelay": "PT0.1S", "deadLetterSink": "keep"}
    common = {
        "domain": "samples",
        "target": "sample",
        "scale": {"max": 1, "concurrency": 4, "window": window},
        "timeout": "60s",
    }
    sample: dict[str, Any] = {
        "name": "sample",
        "source": "sample.py",
        "paths": ["/sample"],
        "triggers": [{"type": "todo.TaskCreated"}],
    }
    sample |= {"secrets": ["some"], "state": True}
    return FunctionList.model_validate(
        {
            "broker": {"name": "default", "delivery": delivery},
            "functions": [{**common, **sample}, {**common, "name": "keep", "source": "keep.py"}],
        }
    )
