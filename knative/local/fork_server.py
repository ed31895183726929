"""Start processes in milliseconds: Python's fork server has the libraries loaded and forks each process."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Final

from knative.local.forked_process import CONTEXT, ForkedProcess
from knative.local.function_process import serve_function
from knative.local.program_process import run_program

_LONGEST_TEMPORARY_FOLDER: Final = 60
"""Bytes. The fork server listens on a unix socket below this folder, and the path of a socket has at most 104."""


class ForkServer:
    """Starts the processes of functions in ``root``, and programs. All of them end when this process ends.

    There is one fork server in a process, however many objects of this class. If it dies, all its processes end, and
    the next start starts another one.
    """

    def __init__(self, *, root: Path) -> None:
        self._root = root
        self._executor = ThreadPoolExecutor(1, "fork-server")
        self._running: set[ForkedProcess] = set()

    async def start(self) -> None:
        """Start the fork server, so that it loads the libraries before the first process is needed."""
        if len(os.fsencode(tempfile.gettempdir())) > _LONGEST_TEMPORARY_FOLDER:
            tempfile.tempdir = "/tmp"  # noqa: S108 - multiprocessing creates a private folder in it
        CONTEXT.set_forkserver_preload(["knative.local.preloaded_modules"])
        await asyncio.get_running_loop().run_in_executor(self._executor, forkserver.ensure_running)

    def start_function(self, environment: Mapping[str, str], *, socket: Path, log: Path) -> ForkedProcess:
        """Return a new process that serves a function on a unix socket. It may still be starting."""
        return self._start(partial(serve_function, dict(environment), root=self._root, socket=socket, log=log))

    def start_program(self, command: Sequence[str], environment: Mapping[str, str], *, log: Path) -> ForkedProcess:
        """Return a new process that runs a program with exactly this environment. It may still be starting."""
        return self._start(partial(run_program, list(command), dict(environment), log=log))

    async def stop(self) -> None:
        """Kill every process that still runs."""
        for process in self._running:
            process.kill()
        await asyncio.gather(*(process.exited for process in self._running))
        self._executor.shutdown()

    def _start(self, target: Callable[..., None]) -> ForkedProcess:
        process = ForkedProcess(target, executor=self._executor)
        self._running.add(process)
        process.exited.add_done_callback(lambda _: self._running.discard(process))
        return process
