"""Scale one function between zero and one instance: start it on demand, limit its requests, stop it when idle."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from knative.function_list import Function
from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError, ResponseTimeoutError
from knative.local.function_instance import FunctionInstance, InstanceStartError
from knative.local.instance_connection import InstanceGoneError

FIRST_RESTART_WAIT: Final = 0.5
LONGEST_RESTART_WAIT: Final = 30.0
"""Seconds before an instance that keeps crashing is started again: at first, and at most."""

IDLE_GRACE: Final = 35.0
"""Seconds that an idle instance has to stop: gunicorn's own limit of 30, and a margin."""

StartInstance = Callable[[Function], Awaitable[FunctionInstance]]
"""Starts an instance and returns it when it accepts requests. Raises :class:`InstanceStartError`."""


class FunctionService:
    """A function with at most one instance that accepts requests. Instances that are stopping finish beside it."""

    def __init__(
        self,
        function: Function,
        *,
        start_instance: StartInstance,
        console: Console,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.function = function
        self._start_instance = start_instance
        self._console = console
        self._now = now
        self._window = function.scale.window_seconds
        self._slots = asyncio.Semaphore(function.scale.concurrency)
        self._instance: FunctionInstance | None = None
        self._starting: asyncio.Task[FunctionInstance] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._uses = 0
        self._last_use = 0.0
        self._crashes = 0
        self._restart_at = 0.0

    @property
    def instance(self) -> FunctionInstance | None:
        """The instance that accepts requests, or None."""
        return self._instance

    async def call(self, request: FunctionRequest) -> FunctionResponse:
        """Return the function's response. Start an instance and wait for one of its threads if necessary.

        Raises :class:`NoResponseError`, and :class:`ResponseTimeoutError` after the function's time limit.
        """
        limit = self.function.timeout_seconds
        try:
            with self.prevent_idle_stop():
                async with asyncio.timeout(limit), self._slots:
                    return await self._send(request)
        except TimeoutError:
            raise ResponseTimeoutError(f"it did not respond within {limit:.0f} s") from None

    @contextmanager
    def prevent_idle_stop(self) -> Iterator[None]:
        """Use the instance while the block runs. Its idle window starts at the end of its last use."""
        self._uses += 1
        try:
            yield
        finally:
            self._uses -= 1
            self._start_idle_window()

    async def stop(self, grace: float) -> None:
        """Stop all instances. Kill those that still run after ``grace`` seconds."""
        if self._starting:
            self._starting.cancel()
        if self._instance:
            self._stop_instance(self._instance, "the platform stops", grace)
        if self._background:
            await asyncio.wait(set(self._background), timeout=grace + 1)

    async def _send(self, request: FunctionRequest) -> FunctionResponse:
        instance = await self._get_or_start_instance()
        try:
            response = await instance.send(request)
        except InstanceGoneError:
            # The instance did not receive the request. The platform may not know yet that the process has ended.
            if instance is self._instance:
                self._stop_instance(instance, "it no longer accepts requests", IDLE_GRACE)
            response = await (await self._get_or_start_instance()).send(request)
        self._crashes = 0
        return response

    async def _get_or_start_instance(self) -> FunctionInstance:
        if self._instance:
            return self._instance
        wait = self._restart_at - self._now()
        if wait > 0:
            raise NoResponseError("it crashed and waits for its next start", retry_after=int(wait) + 1)
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
            # If every caller has given up, this reads the error, so that asyncio does not log it.
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())
        starting = self._starting
        # Other callers may wait for the same instance: a caller that gives up must not cancel the start.
        await asyncio.wait({starting})
        if starting.cancelled():
            raise NoResponseError("the platform stops")
        return starting.result()

    async def _start(self) -> FunctionInstance:
        began = self._now()
        try:
            instance = await self._start_instance(self.function)
        except InstanceStartError as error:
            self._delay_restart(str(error))
            raise NoResponseError(f"it does not start: {error}", retry_after=int(FIRST_RESTART_WAIT) + 1) from None
        finally:
            self._starting = None
        self._instance = instance
        self._console.show_start(self.function.name, self._now() - began)
        self._run_in_background(self._watch(instance))
        self._start_idle_window()  # the caller may have given up
        return instance

    async def _watch(self, instance: FunctionInstance) -> None:
        reason = await instance.wait_until_ended()
        if instance is self._instance:
            self._instance = None
            self._delay_restart(reason)

    def _delay_restart(self, reason: str) -> None:
        """Allow a restart at once after the first crash, then after waits that double, until a request succeeds."""
        wait = min(FIRST_RESTART_WAIT * 2 ** (self._crashes - 1), LONGEST_RESTART_WAIT) if self._crashes else 0.0
        self._crashes += 1
        self._restart_at = self._now() + wait
        self._console.show_crash(self.function.name, reason, wait)

    def _start_idle_window(self) -> None:
        self._last_use = self._now()
        if self._idle_timer is None:
            self._set_idle_timer(self._window)

    def _set_idle_timer(self, seconds: float) -> None:
        """Set the only timer. It is not set again for each use: it starts over if the window has not passed."""
        self._idle_timer = asyncio.get_running_loop().call_later(seconds, self._stop_if_idle)

    def _stop_if_idle(self) -> None:
        self._idle_timer = None
        if self._instance is None or self._uses:
            return
        left = self._last_use + self._window - self._now()
        if left > 0:
            self._set_idle_timer(left)
        else:
            self._stop_instance(self._instance, "idle", IDLE_GRACE)

    def _stop_instance(self, instance: FunctionInstance, reason: str, grace: float) -> None:
        self._instance = None
        self._run_in_background(self._wait_until_stopped(instance, reason, grace))

    async def _wait_until_stopped(self, instance: FunctionInstance, reason: str, grace: float) -> None:
        await instance.stop(grace)
        self._console.show_stop(self.function.name, reason)

    def _run_in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
