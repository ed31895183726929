"""All functions by name, and whether anybody called one."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from knative.function_list import Function, FunctionList
from knative.local import instance
from knative.local.console import Console
from knative.local.dapr_resources import has_sidecar
from knative.local.exchange import Answer, NoAnswerError, Request
from knative.local.fork_server import ForkServer
from knative.local.instance import Instance, StartFailedError
from knative.local.service import Service
from knative.local.sidecar import Sidecar
from knative.local.sidecars import Sidecars


class Services:
    """Calls functions by name, whose processes come from one fork server; ``sidecars`` are Dapr's, if it is wanted."""

    def __init__(
        self,
        functions: FunctionList,
        *,
        servers: ForkServer,
        sidecars: Sidecars | None,
        environment: Callable[[Function], dict[str, str]],
        console: Console,
        sockets: Path,
        logs: Path,
    ) -> None:
        self._servers = servers
        self._sidecars = sidecars
        self._environment = environment
        self._sockets = sockets
        self._logs = logs
        self._started = 0
        self._closed = False
        self.activity = 0
        self.by_name: Mapping[str, Service] = {
            function.name: Service(function, start=self._start, console=console) for function in functions.functions
        }

    async def call(self, name: str, request: Request) -> Answer:
        """Send a request to a function; raises :class:`NoAnswerError`."""
        self.activity += 1
        try:
            return await self.call_unnoticed(name, request)
        finally:
            self.activity += 1  # what it did, it may have done only now

    async def call_unnoticed(self, name: str, request: Request) -> Answer:
        """Send a request that does not count as activity, such as a clock's tick."""
        if self._closed:
            raise NoAnswerError("the platform stops")
        return await self.by_name[name].call(request)

    async def stop(self, grace: float) -> None:
        """Start nothing any more, and stop everything within ``grace`` seconds, the sidecars last."""
        self._closed = True
        await asyncio.gather(*(service.stop(grace) for service in self.by_name.values()))
        if self._sidecars:
            await self._sidecars.stop()

    async def _start(self, function: Function) -> Instance:
        self._started += 1
        sidecar, where = self._start_sidecar(function)
        return await instance.start(
            self._servers,
            {**self._environment(function), **where},
            socket=self._sockets / f"{self._started}.sock",
            log=self._logs / f"{function.name}.log",
            sidecar=sidecar,
        )

    def _start_sidecar(self, function: Function) -> tuple[Sidecar | None, Mapping[str, str]]:
        """Start what goes beside an instance; return it, and the variables that tell the instance where it is."""
        if self._sidecars is None or not has_sidecar(function):
            return None, {}
        try:
            return self._sidecars.start(function, self._servers)
        except OSError as error:
            raise StartFailedError(f"its sidecar cannot be started: {error}") from None
