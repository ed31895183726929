"""Find the functions by name, call them, and start their instances."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from knative.function_list import Function, FunctionList
from knative.local.console import Console
from knative.local.dapr_resources import has_sidecar
from knative.local.fork_server import ForkServer
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError
from knative.local.function_instance import FunctionInstance, InstanceStartError, start_instance
from knative.local.function_service import FunctionService
from knative.local.sidecar_launcher import SidecarLauncher
from knative.local.sidecar_process import SidecarProcess


class FunctionRegistry:
    """All functions of the platform.

    ``environment`` returns the variables of a function's instances. ``sidecars`` starts Dapr's sidecars, or is None
    if the platform runs without Dapr. ``sockets`` and ``logs`` are folders. :attr:`activity` grows with every call.
    """

    def __init__(
        self,
        functions: FunctionList,
        *,
        fork_server: ForkServer,
        sidecars: SidecarLauncher | None,
        environment: Callable[[Function], dict[str, str]],
        console: Console,
        sockets: Path,
        logs: Path,
    ) -> None:
        self._fork_server = fork_server
        self._sidecars = sidecars
        self._environment = environment
        self._sockets = sockets
        self._logs = logs
        self._started = 0
        self._closed = False
        self.activity = 0
        self.by_name: Mapping[str, FunctionService] = {
            function.name: FunctionService(function, start_instance=self._start_instance, console=console)
            for function in functions.functions
        }

    async def call(self, name: str, request: FunctionRequest) -> FunctionResponse:
        """Return a function's response. Raises :class:`NoResponseError`, and KeyError for an unknown name."""
        self.activity += 1
        try:
            return await self.call_without_activity(name, request)
        finally:
            self.activity += 1  # a long call is an activity at its end, too

    async def call_without_activity(self, name: str, request: FunctionRequest) -> FunctionResponse:
        """Return a function's response to a request that is not an activity, such as the tick of a clock."""
        if self._closed:
            raise NoResponseError("the platform stops")
        return await self.by_name[name].call(request)

    async def stop(self, grace: float) -> None:
        """Reject further calls, stop all instances within ``grace`` seconds, then their sidecars."""
        self._closed = True
        await asyncio.gather(*(service.stop(grace) for service in self.by_name.values()))
        if self._sidecars:
            await self._sidecars.stop()

    async def _start_instance(self, function: Function) -> FunctionInstance:
        self._started += 1
        sidecar, sidecar_variables = self._start_sidecar(function)
        return await start_instance(
            self._fork_server,
            {**self._environment(function), **sidecar_variables},
            socket=self._sockets / f"{self._started}.sock",
            log=self._logs / f"{function.name}.log",
            sidecar=sidecar,
        )

    def _start_sidecar(self, function: Function) -> tuple[SidecarProcess | None, Mapping[str, str]]:
        if self._sidecars is None or not has_sidecar(function):
            return None, {}
        try:
            return self._sidecars.start(function, self._fork_server)
        except OSError as error:
            raise InstanceStartError(f"its sidecar cannot be started: {error}") from None
