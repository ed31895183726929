"""The Dapr sidecar of one instance: started with it, started again whenever it dies, gone after it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from knative.local.console import Console
from knative.local.fork_server import Fork, ForkServer
from knative.local.last_words import reason

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 10.0
"""Seconds before one that died is started again, at first and at most; one that lived longer than that died once."""

GRACE: Final = 2.0
"""Seconds it may take to stop. It keeps nothing that could be lost."""

LOOK_SECONDS: Final = 1.0
"""How often its secrets are looked at."""


class Sidecar:
    """Keeps ``daprd`` running until it is dismissed. Nobody waits for it here: its function does, when it needs it.

    Dapr reads a file of secrets when it starts, and never again. So when ``secrets`` changes, it is started anew.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str],
        secrets: Path,
        log: Path,
        servers: ForkServer,
        console: Console,
    ) -> None:
        self._command = command
        self._name = f"{name} sidecar"
        self._environment = environment
        self._secrets = secrets
        self._log = log
        self._servers = servers
        self._console = console
        self._dismissed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.create_task(self._keep_running())

    def dismiss(self) -> None:
        """Have it stop, and stay away; ``gone`` is done when it has."""
        if not self._dismissed.done():
            self._dismissed.set_result(None)

    async def _keep_running(self) -> None:
        wait = FIRST_WAIT
        while not self._dismissed.done():
            began = time.monotonic()
            died = await self._run()
            if died is None:
                continue
            if time.monotonic() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            self._console.crashed(self._name, died, wait)
            await asyncio.wait({self._dismissed}, timeout=wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _run(self) -> str | None:
        """Run it once; return why it died, or None where it was told to stop."""
        read = _writing_of(self._secrets)
        fork = await self._servers.run(self._command, self._environment, log=self._log)
        either: set[asyncio.Future[Any]] = {fork.exited, self._dismissed}
        while not self._dismissed.done():
            await asyncio.wait(either, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if fork.exited.done():
                return reason(fork.exited.result(), self._log)
            if _writing_of(self._secrets) != read:
                self._console.stopped(self._name, "its secrets changed")
                break
        await self._stop(fork)
        return None

    async def _stop(self, fork: Fork) -> None:
        self._servers.terminate(fork)
        done, _ = await asyncio.wait({fork.exited}, timeout=GRACE)
        if not done:
            self._servers.kill(fork)
        await asyncio.wait({fork.exited})


def _writing_of(file: Path) -> tuple[int, int] | None:
    """Return what changes with every writing of a file, in place or by another in its place."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
