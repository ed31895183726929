"""Keep the Dapr sidecar of one function instance running until the instance ends."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from knative.local.console import Console
from knative.local.exit_reason import describe_exit
from knative.local.fork_server import ForkServer
from knative.local.forked_process import ForkedProcess

FIRST_RESTART_WAIT: Final = 0.5
LONGEST_RESTART_WAIT: Final = 10.0
"""Seconds before a sidecar that ended is started again: at first, and at most. The wait starts over after a sidecar has
run for longer than the longest wait."""

STOP_GRACE: Final = 2.0
"""Seconds that a sidecar has to stop. It is short, because a sidecar stores no data."""

SECRETS_CHECK_SECONDS: Final = 1.0
"""Seconds between two checks whether the file of secrets has changed."""


class SidecarProcess:
    """Runs ``daprd`` until :meth:`stop`, and starts it again if it ends. :attr:`stopped` is done when it has stopped.

    The function waits for its sidecar itself, when it first needs it. Dapr reads the file ``secrets`` at its start
    only, so the sidecar is also restarted when this file changes.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str],
        secrets: Path,
        log: Path,
        fork_server: ForkServer,
        console: Console,
    ) -> None:
        self._command = command
        self._name = f"{name} sidecar"
        self._environment = environment
        self._secrets = secrets
        self._log = log
        self._fork_server = fork_server
        self._console = console
        self._stop_requested: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stopped = asyncio.create_task(self._keep_running())

    def stop(self) -> None:
        """Request the sidecar's end, without waiting for it."""
        if not self._stop_requested.done():
            self._stop_requested.set_result(None)

    async def _keep_running(self) -> None:
        wait = FIRST_RESTART_WAIT
        while not self._stop_requested.done():
            began = time.monotonic()
            crash = await self._run_once()
            if crash is None:
                continue
            if time.monotonic() - began > LONGEST_RESTART_WAIT:
                wait = FIRST_RESTART_WAIT
            self._console.show_crash(self._name, crash, wait)
            await asyncio.wait({self._stop_requested}, timeout=wait)
            wait = min(2 * wait, LONGEST_RESTART_WAIT)

    async def _run_once(self) -> str | None:
        """Return why the sidecar crashed, or None if it was stopped on purpose."""
        secrets_version = _file_version(self._secrets)
        process = self._fork_server.start_program(self._command, self._environment, log=self._log)
        ended_or_requested: set[asyncio.Future[Any]] = {process.exited, self._stop_requested}
        while not self._stop_requested.done():
            await asyncio.wait(ended_or_requested, timeout=SECRETS_CHECK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if process.exited.done():
                return describe_exit(process.exited.result(), self._log)
            if _file_version(self._secrets) != secrets_version:
                self._console.show_stop(self._name, "its secrets changed")
                break
        await _stop_process(process)
        return None


async def _stop_process(process: ForkedProcess) -> None:
    process.terminate()
    done, _ = await asyncio.wait({process.exited}, timeout=STOP_GRACE)
    if not done:
        process.kill()
    await asyncio.wait({process.exited})


def _file_version(file: Path) -> tuple[int, int] | None:
    """Return a value that changes whenever the file is written or replaced."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
