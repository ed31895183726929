"""One process forked by the fork server: its start, its signals and its end."""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from multiprocessing import get_context
from typing import Final

from knative.local.exit_reason import FORK_SERVER_DIED

CONTEXT: Final = get_context("forkserver")


class ForkedProcess:
    """A process that starts at once and runs ``target``, which starts a process group.

    ``target`` is called with a connection, ``ready``. It may send the process id of its worker there, and again after
    each restart of the worker. The first id makes :attr:`ready` done, and :attr:`pids` has the latest.

    :attr:`exited` is done when the process has ended. Its result is the exit code, as :func:`describe_exit` takes it.
    All calls to ``multiprocessing`` run in ``executor``, which must have one thread: its records of processes are not
    safe for several.
    """

    def __init__(self, target: Callable[..., None], *, executor: Executor) -> None:
        self._reports, self._reporter = CONTEXT.Pipe(duplex=False)
        # As a daemon, so that multiprocessing does not wait for it when the platform exits after an error.
        self._process = CONTEXT.Process(target=target, kwargs={"ready": self._reporter}, daemon=True)
        self._executor = executor
        self._early_signal: signal.Signals | None = None
        self.pids: list[int] = []
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.exited: asyncio.Task[int] = asyncio.create_task(self._run())

    def terminate(self) -> None:
        """Ask the process to finish its requests and end."""
        self._send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its children at once."""
        self._send_signal(signal.SIGKILL)

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._executor, self._process.start)
        except (OSError, EOFError):  # it died during the start
            return FORK_SERVER_DIED
        finally:
            self._reporter.close()
        assert self._process.pid  # noqa: S101 - it was started
        self.pids.append(self._process.pid)
        if self._early_signal:
            self._send_signal(self._early_signal)
        reading = asyncio.create_task(self._read_reports())
        await _wait_until_readable(self._process.sentinel)
        reading.cancel()
        await asyncio.wait({reading})  # a later end would stop the event loop from watching a reused descriptor
        self._reports.close()
        _kill_group(self.pids[0])  # children that outlived the process
        await loop.run_in_executor(self._executor, self._process.join)
        code = self._process.exitcode
        self._process.close()
        assert code is not None  # noqa: S101 - it was joined
        return code

    async def _read_reports(self) -> None:
        with suppress(EOFError):
            while True:
                await _wait_until_readable(self._reports.fileno())
                self.pids[1:] = [self._reports.recv()]
                if not self.ready.done():
                    self.ready.set_result(None)

    def _send_signal(self, number: signal.Signals) -> None:
        if not self.pids:
            self._early_signal = number
        elif not self.exited.done():
            if number == signal.SIGKILL:
                _kill_group(self.pids[0])
            with suppress(ProcessLookupError):
                os.kill(self.pids[0], number)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):  # the group has ended, or its leader has not made it yet
        os.killpg(leader, signal.SIGKILL)


async def _wait_until_readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
