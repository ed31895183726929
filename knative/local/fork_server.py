"""The platform's side of the fork server: orders processes, and hears what becomes of them."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from knative.local.console import Console
from knative.local.last_words import reason
from knative.local.order import Order, Report, Run, Signal, Start, read_report, to_line


@dataclass
class Fork:
    """A process that was ordered. ``pids`` are its arbiter's and its worker's, as far as they are known.

    Of a program that is not ours, the first of them is all there is, and ``ready`` is never done.
    """

    id: int
    ready: asyncio.Future[None]
    exited: asyncio.Future[int]
    pids: dict[str, int] = field(default_factory=dict)


class ForkServer:
    """Starts the zygote, and starts it again should it die; its processes then die with it."""

    def __init__(self, *, root: Path, run: Path, console: Console) -> None:
        self._root = root
        self._log = run / "fork-server.log"
        self._console = console
        self._zygote: Process | None = None
        self._lifeline = -1
        self._forks: dict[int, Fork] = {}
        self._last_id = 0
        self._starting = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The zygote's process id, while it lives."""
        return self._zygote.pid if self._zygote else None

    async def start(self) -> None:
        """Have a zygote running; returns before it has loaded everything, as orders can wait in their pipe."""
        async with self._starting:
            if self._zygote is None:
                self._zygote = await self._start_zygote()
                self._listening = asyncio.create_task(self._listen(self._zygote))

    async def fork(self, environment: Mapping[str, str], *, socket: Path, log: Path) -> Fork:
        """Order a function's process; its ``ready`` is done when it takes requests, its ``exited`` when it is gone."""
        fork = await self._new_fork()
        self._send(Start(fork.id, dict(environment), str(socket), str(log)))
        return fork

    async def run(self, command: Sequence[str], environment: Mapping[str, str], *, log: Path) -> Fork:
        """Order a program, with this environment alone; it dies with the platform, however that dies."""
        fork = await self._new_fork()
        self._send(Run(fork.id, list(command), dict(environment), str(log)))
        return fork

    def terminate(self, fork: Fork) -> None:
        """Tell a process to finish what it accepted, and end."""
        self._send(Signal(fork.id, signal.SIGTERM))

    def kill(self, fork: Fork) -> None:
        """End a process at once, its arbiter and its worker."""
        self._send(Signal(fork.id, signal.SIGKILL, group=True))

    async def stop(self) -> None:
        """End the zygote, and with it whatever process is left."""
        zygote, self._zygote = self._zygote, None
        if zygote and zygote.stdin:
            zygote.stdin.close()
            self._cut_lifeline()
            await zygote.wait()
        if self._listening:
            await self._listening

    async def _new_fork(self) -> Fork:
        await self.start()
        self._last_id += 1
        loop = asyncio.get_running_loop()
        fork = Fork(self._last_id, loop.create_future(), loop.create_future())
        self._forks[fork.id] = fork
        return fork

    async def _start_zygote(self) -> Process:
        reading, self._lifeline = os.pipe()
        with self._log.open("wb") as log:
            try:
                # A session of its own: Ctrl-C is for the platform, which then stops the functions in good order.
                return await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "knative.local.zygote", str(reading)),
                    cwd=self._root,
                    env={**os.environ, "PYTHONPATH": _python_path()},
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=log,
                    pass_fds=[reading],
                    start_new_session=True,
                )
            finally:
                os.close(reading)

    async def _listen(self, zygote: Process) -> None:
        assert zygote.stdout  # noqa: S101 - it was started with a pipe
        while line := await zygote.stdout.readline():
            self._hear(read_report(line))
        code = await zygote.wait()
        if self._zygote is zygote:
            self._zygote = None
            self._cut_lifeline()
            self._console.crashed("fork server", reason(code, self._log), 0)
        for fork in list(self._forks.values()):
            _make_sure_of(fork)
            self._end(fork, -signal.SIGKILL)

    def _hear(self, report: Report) -> None:
        fork = self._forks.get(report.id)
        if fork is None:
            return
        if report.what == "forked":
            fork.pids["arbiter"] = report.pid
        elif report.what == "ready":
            fork.pids["worker"] = report.pid
            if not fork.ready.done():
                fork.ready.set_result(None)
        else:
            self._end(fork, report.code)

    def _end(self, fork: Fork, code: int) -> None:
        del self._forks[fork.id]
        fork.exited.set_result(code)

    def _send(self, order: Order) -> None:
        if self._zygote and self._zygote.stdin and not self._zygote.stdin.is_closing():
            with suppress(OSError):
                self._zygote.stdin.write(to_line(order))

    def _cut_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def _make_sure_of(fork: Fork) -> None:
    """Kill what was left behind just now: it dies by itself, but for a program where the system knows no such thing."""
    for pid in fork.pids.values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _python_path() -> str:
    """Return where Python finds this package, whatever folder the functions are in."""
    checkout = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
