"""Run functions on this machine as Knative runs them in a cluster: two ports, the broker, the clocks, the processes."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from knative.function_list import Function, FunctionList
from knative.local.console import Console
from knative.local.fork_server import ForkServer
from knative.local.function_registry import FunctionRegistry
from knative.local.internal_app import create_internal_app
from knative.local.local_broker import LocalBroker
from knative.local.ping_source import PingSource
from knative.local.public_app import create_public_app
from knative.local.sidecar_launcher import SidecarLauncher

LOOPBACK: Final = "127.0.0.1"

DRAIN_SECONDS: Final = 5.0
"""Seconds that deliveries have to finish when the platform stops."""

STOP_SECONDS: Final = 10.0
"""Seconds that instances then have to finish, before they are killed."""

_LONGEST_SOCKET_FOLDER: Final = 80
"""Bytes. The path of a unix socket has at most 104 bytes on macOS, and 108 on Linux."""


class LocalPlatform:
    """The functions of a list, their broker and their clocks.

    ``environment`` returns the variables of a function's instances; its second argument is :attr:`internal_url`.
    ``root`` is the folder that the functions run in. ``run`` is a private folder for sockets and logs. ``sidecars``
    starts Dapr's sidecars, or is None to run without Dapr.
    """

    def __init__(
        self,
        functions: FunctionList,
        *,
        environment: Callable[[Function, str], dict[str, str]],
        port: int,
        console: Console,
        host: str = LOOPBACK,
        root: Path,
        run: Path,
        sidecars: SidecarLauncher | None = None,
    ) -> None:
        self._functions = functions
        self._console = console
        self._host = host
        self._requested_port = port
        self._run = run
        self._sockets, self._has_temporary_sockets = _choose_socket_folder(run)
        self._fork_server = ForkServer(root=root)
        self._registry = FunctionRegistry(
            functions,
            fork_server=self._fork_server,
            sidecars=sidecars,
            environment=lambda function: environment(function, self.internal_url),
            console=console,
            sockets=self._sockets,
            logs=run,
        )
        self._broker = LocalBroker(functions, call=self._registry.call, url_of=self._url_of, console=console)
        self._ping_sources = self._create_ping_sources()
        self._runners: list[web.AppRunner] = []
        self._clocks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The public port, after :meth:`start`."""
        return _port(self._runners[0])

    @property
    def internal_url(self) -> str:
        """The base URL of the internal port, where functions reach the broker and each other, after :meth:`start`."""
        return f"http://{LOOPBACK}:{_port(self._runners[1])}"

    async def start(self) -> None:
        """Open the ports and start the clocks. Raises OSError if the public port is not available."""
        try:
            public = create_public_app(self._functions, call=self._registry.call, console=self._console)
            await self._open(public, self._host, self._requested_port)
            internal = create_internal_app(self._registry, self._broker, console=self._console)
            await self._open(internal, LOOPBACK, 0)
            self._prepare_folders()
            await self._fork_server.start()
        except OSError:
            await self.stop()
            raise
        self._clocks = [asyncio.create_task(source.run()) for source in self._ping_sources]

    async def stop(self) -> None:
        """Stop the clocks and the public port, then finish deliveries, then stop the instances, within a time limit."""
        for clock in self._clocks:
            clock.cancel()
        for site in [site for runner in self._runners[:1] for site in runner.sites]:
            await site.stop()
        await self._broker.close(DRAIN_SECONDS)
        await self._registry.stop(STOP_SECONDS)
        await self._fork_server.stop()
        for runner in self._runners:
            await runner.cleanup()
        if self._has_temporary_sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def _open(self, app: web.Application, host: str, port: int) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port).start()

    def _prepare_folders(self) -> None:
        for folder in (self._run, self._sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for socket in self._sockets.glob("*.sock"):  # left by a platform that was killed
            socket.unlink()

    def _create_ping_sources(self) -> list[PingSource]:
        return [
            PingSource(
                clock,
                call=self._registry.call_without_activity,
                delays=self._functions.broker.delivery.delays,
                activity=lambda: self._registry.activity,
                now=lambda: datetime.now(UTC),
                console=self._console,
            )
            for clock in self._functions.clocks
        ]

    def _url_of(self, name: str) -> str:
        return f"{self.internal_url}/services/{name}"


def _port(runner: web.AppRunner) -> int:
    port: int = runner.addresses[0][1]
    return port


def _choose_socket_folder(run: Path) -> tuple[Path, bool]:
    """Return a folder with a path short enough for unix sockets, and whether it is a temporary one."""
    if len(str(run).encode()) <= _LONGEST_SOCKET_FOLDER:
        return run, False
    return Path(tempfile.mkdtemp(prefix="todo-")), True
