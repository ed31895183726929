"""One running instance of a function: its processes, its Dapr sidecar and the connection to it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from knative.local.exit_reason import describe_exit
from knative.local.fork_server import ForkServer
from knative.local.forked_process import ForkedProcess
from knative.local.function_call import FunctionRequest, FunctionResponse
from knative.local.instance_connection import InstanceConnection
from knative.local.sidecar_process import SidecarProcess

START_SECONDS: Final = 30.0
"""Seconds that an instance has until it accepts requests."""


class InstanceStartError(Exception):
    """An instance ended before it accepted requests, or took too long. The message gives the reason."""


class FunctionInstance:
    """The processes of a function that listen on ``socket`` and write to ``log``, and a sidecar if one is given."""

    def __init__(
        self, process: ForkedProcess, *, socket: Path, log: Path, sidecar: SidecarProcess | None = None
    ) -> None:
        self._process = process
        self._socket = socket
        self._log = log
        self._sidecar = sidecar
        self._connection = InstanceConnection(socket)

    @property
    def pids(self) -> list[int]:
        """The process ids of gunicorn's arbiter and of its worker, which runs the function."""
        return self._process.pids

    async def send(self, request: FunctionRequest) -> FunctionResponse:
        """Return the instance's response. Raises :class:`knative.local.function_call.NoResponseError`."""
        return await self._connection.send(request)

    async def wait_until_ready(self) -> None:
        """Return when the instance accepts requests. Raises :class:`InstanceStartError`."""
        ready_or_ended: set[asyncio.Future[Any]] = {self._process.ready, self._process.exited}
        await asyncio.wait(ready_or_ended, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._process.exited.done():
            raise InstanceStartError(await self.wait_until_ended())
        if not self._process.ready.done():
            self._process.kill()
            await self.wait_until_ended()
            raise InstanceStartError(f"it took more than {START_SECONDS:.0f} s to start")

    async def wait_until_ended(self) -> str:
        """Return the reason of the instance's end when it has ended, and clean up after it."""
        code = await asyncio.shield(self._process.exited)
        if self._sidecar:
            self._sidecar.stop()
        self._connection.close()
        self._socket.unlink(missing_ok=True)
        return describe_exit(code, self._log)

    async def stop(self, grace: float) -> None:
        """Let the instance finish its requests, then end it. Kill it after ``grace`` seconds."""
        self._connection.close()  # a process waits for its open connections before it ends
        self._process.terminate()
        done, _ = await asyncio.wait({self._process.exited}, timeout=grace)
        if not done:
            self._process.kill()
        await self.wait_until_ended()


async def start_instance(
    fork_server: ForkServer,
    environment: Mapping[str, str],
    *,
    socket: Path,
    log: Path,
    sidecar: SidecarProcess | None = None,
) -> FunctionInstance:
    """Start an instance and return it when it accepts requests. Raises :class:`InstanceStartError`."""
    process = fork_server.start_function(environment, socket=socket, log=log)
    instance = FunctionInstance(process, socket=socket, log=log, sidecar=sidecar)
    try:
        await instance.wait_until_ready()
    except asyncio.CancelledError:
        process.kill()
        raise
    return instance
