"""The stand-in for Knative, put together: two ports, the broker, the clocks and the functions' processes."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from knative.function_list import Function, FunctionList
from knative.local.back_door import back_door
from knative.local.broker import Broker
from knative.local.clock import PingSource
from knative.local.console import Console
from knative.local.fork_server import ForkServer
from knative.local.front_door import front_door
from knative.local.services import Services
from knative.local.sidecars import Sidecars

LOOPBACK: Final = "127.0.0.1"

DRAIN_SECONDS: Final = 5.0
"""How long events on their way may take to arrive when the platform is told to stop."""

STOP_SECONDS: Final = 10.0
"""How long instances may take to finish after that, before they are killed."""

_LONGEST_PATH: Final = 80
"""Of a folder for unix sockets, whose addresses are 104 bytes at most on macOS, and 108 on Linux."""


class Platform:
    """Runs functions as Knative would, on this machine.

    ``environment`` returns the variables of a function's instances; its second argument is :attr:`internal_url`.
    ``root`` is the checkout, where instances run; ``run`` a private folder for sockets and logs. ``sidecars`` are
    Dapr's, for those functions that need one.
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
        sidecars: Sidecars | None = None,
    ) -> None:
        self._functions = functions
        self._console = console
        self._host = host
        self._wanted_port = port
        self._run = run
        self._sockets, self._borrowed = _sockets(run)
        self._forks = ForkServer(root=root, run=run, console=console)
        self._services = Services(
            functions,
            servers=self._forks,
            sidecars=sidecars,
            environment=lambda function: environment(function, self.internal_url),
            console=console,
            sockets=self._sockets,
            logs=run,
        )
        self._broker = Broker(functions, call=self._services.call, url_of=self._url_of, console=console)
        self._sources = self._ping_sources()
        self._runners: list[web.AppRunner] = []
        self._clocks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The public port, once started."""
        return _port(self._runners[0])

    @property
    def internal_url(self) -> str:
        """Where functions reach the broker and each other, once started."""
        return f"http://{LOOPBACK}:{_port(self._runners[1])}"

    async def start(self) -> None:
        """Take requests, and start the clocks; raises OSError where the port cannot be had."""
        try:
            door = front_door(self._functions, call=self._services.call, console=self._console)
            await self._open(door, self._host, self._wanted_port)
            await self._open(back_door(self._services, self._broker, console=self._console), LOOPBACK, 0)
            self._prepare_folders()
            await self._forks.start()
        except OSError:
            await self.stop()
            raise
        self._clocks = [asyncio.create_task(source.run()) for source in self._sources]

    async def stop(self) -> None:
        """Stop the clocks and the public port, let events arrive, then stop the instances; bounded in time."""
        for clock in self._clocks:
            clock.cancel()
        for site in [site for runner in self._runners[:1] for site in runner.sites]:
            await site.stop()
        await self._broker.close(DRAIN_SECONDS)
        await self._services.stop(STOP_SECONDS)
        await self._forks.stop()
        for runner in self._runners:
            await runner.cleanup()
        if self._borrowed:
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def _open(self, application: web.Application, host: str, port: int) -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port).start()

    def _prepare_folders(self) -> None:
        for folder in (self._run, self._sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for stale in self._sockets.glob("*.sock"):  # of a platform that was killed
            stale.unlink()

    def _ping_sources(self) -> list[PingSource]:
        return [
            PingSource(
                clock,
                call=self._services.call_unnoticed,
                delays=self._functions.broker.delivery.delays,
                activity=lambda: self._services.activity,
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


def _sockets(run: Path) -> tuple[Path, bool]:
    """Return a folder whose path is short enough for sockets, and whether it is a borrowed one."""
    if len(str(run).encode()) <= _LONGEST_PATH:
        return run, False
    return Path(tempfile.mkdtemp(prefix="todo-")), True
