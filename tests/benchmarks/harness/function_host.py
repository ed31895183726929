"""Starts functions as the laptop's platform does: gunicorn in a process of Python's fork server, on a unix socket."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from knative.local.fork_server import ForkServer
from knative.local.function_instance import FunctionInstance, start_instance

ROOT = Path(__file__).parents[3]
T = TypeVar("T")


class HostedFunction:
    """A running function. ``pid`` is gunicorn's worker, which runs the code; ``socket`` is where it listens."""

    def __init__(self, instance: FunctionInstance, socket: Path) -> None:
        self.instance = instance
        self.arbiter_pid, self.pid = instance.pids
        self.socket = str(socket)


class FunctionHost:
    """Starts and stops functions. Its event loop, which the platform's modules need, runs in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._fork_server = self._run(_create_fork_server())
        self._hosted: list[HostedFunction] = []

    def start(self, name: str, environment: Mapping[str, str]) -> HostedFunction:
        """Start a function with these environment variables and return it when it accepts requests."""
        socket = self._folder / f"{len(self._hosted)}.sock"
        log = self._folder / f"{name}.log"
        instance = self._run(start_instance(self._fork_server, environment, socket=socket, log=log))
        hosted = HostedFunction(instance, socket)
        self._hosted.append(hosted)
        return hosted

    def close(self) -> None:
        """Stop all functions and the fork server's processes."""
        for hosted in self._hosted:
            self._run(hosted.instance.stop(5.0))
        self._run(self._fork_server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _create_fork_server() -> ForkServer:
    server = ForkServer(root=ROOT)
    await server.start()
    return server


@contextmanager
def host_functions(folder: Path) -> Iterator[FunctionHost]:
    """Host functions while the block runs; sockets and logs are in ``folder``."""
    host = FunctionHost(folder)
    try:
        yield host
    finally:
        host.close()
