"""One instance of a function: its process, and the connection to it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from knative.local.connection import Connection
from knative.local.exchange import Answer, Request
from knative.local.fork_server import Fork, ForkServer
from knative.local.last_words import reason
from knative.local.sidecar import Sidecar

START_SECONDS: Final = 30.0
"""How long an instance may take until it accepts requests."""


class StartFailedError(Exception):
    """An instance ended, or dawdled, before it took a request; the message says why."""


class Instance:
    """A process that takes requests, and the sidecar that goes with it, if it has one."""

    def __init__(
        self, servers: ForkServer, fork: Fork, *, socket: Path, log: Path, sidecar: Sidecar | None = None
    ) -> None:
        self._servers = servers
        self._fork = fork
        self._socket = socket
        self._log = log
        self._sidecar = sidecar
        self._connection = Connection(socket)

    @property
    def pids(self) -> list[int]:
        """Its processes: gunicorn's arbiter and the worker that runs the function."""
        return list(self._fork.pids.values())

    async def send(self, request: Request) -> Answer:
        """Return its answer; raises :class:`knative.local.exchange.NoAnswerError`."""
        return await self._connection.send(request)

    async def ready(self) -> None:
        """Return when it takes requests; raises :class:`StartFailedError`."""
        first: set[asyncio.Future[Any]] = {self._fork.ready, self._fork.exited}
        await asyncio.wait(first, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._fork.exited.done():
            raise StartFailedError(await self.ended())
        if not self._fork.ready.done():
            self._servers.kill(self._fork)
            await self.ended()
            raise StartFailedError(f"it took more than {START_SECONDS:.0f} s to start")

    async def ended(self) -> str:
        """Return how the process ended, once it has."""
        code = await asyncio.shield(self._fork.exited)
        if self._sidecar:
            self._sidecar.dismiss()
        await self._connection.close()
        self._socket.unlink(missing_ok=True)
        return reason(code, self._log)

    async def stop(self, grace: float) -> None:
        """Have it finish what it accepted, for ``grace`` seconds at most."""
        self._servers.terminate(self._fork)
        done, _ = await asyncio.wait({self._fork.exited}, timeout=grace)
        if not done:
            self._servers.kill(self._fork)
        await self.ended()


async def start(
    servers: ForkServer, environment: Mapping[str, str], *, socket: Path, log: Path, sidecar: Sidecar | None = None
) -> Instance:
    """Return an instance that takes requests; raises :class:`StartFailedError`."""
    fork = await servers.fork(environment, socket=socket, log=log)
    instance = Instance(servers, fork, socket=socket, log=log, sidecar=sidecar)
    try:
        await instance.ready()
    except asyncio.CancelledError:
        servers.kill(fork)
        raise
    return instance
