"""A whole local platform with sample functions in their own processes."""

import asyncio
import shutil
from io import StringIO
from pathlib import Path

import pytest
from aiohttp import ClientSession

from knative.local.console import Console
from knative.local.local_platform import LocalPlatform
from tests.integration.knative.running_platform import (
    RunningPlatform,
    RunScenario,
    Scenario,
    sample_environment,
    sample_list,
    sample_sidecars,
)

SAMPLE = Path(__file__).parent / "sample_functions" / "sample_function.py"


@pytest.fixture
def run_scenario(tmp_path: Path) -> RunScenario:
    """Run a scenario on a platform with the functions ``sample`` and ``keep``, and stop the platform."""

    def run_one(scenario: Scenario, *, window: str = "60s", run_folder: str = "run", daprd: Path | None = None) -> None:
        shutil.copy(SAMPLE, tmp_path / "sample.py")
        shutil.copy(SAMPLE, tmp_path / "keep.py")
        shown = StringIO()
        console = Console(shown)
        run = tmp_path / run_folder
        platform = LocalPlatform(
            sample_list(window),
            environment=sample_environment,
            port=0,
            console=console,
            root=tmp_path,
            run=run,
            sidecars=sample_sidecars(daprd, run, console) if daprd else None,
        )

        async def run_whole() -> None:
            await platform.start()
            try:
                async with ClientSession() as client:
                    await scenario(RunningPlatform(platform, client, tmp_path, shown))
            finally:
                await platform.stop()

        asyncio.run(run_whole())

    return run_one
