"""One function: starts its instance when it is wanted, and stops it when it was not for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from knative.function_list import Function
from knative.local.connection import NotConnectedError
from knative.local.console import Console
from knative.local.exchange import Answer, NoAnswerError, Request, TimedOutError
from knative.local.instance import Instance, StartFailedError

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
"""Seconds before an instance that crashes again and again is started anew, at first and at most."""

IDLE_GRACE: Final = 35.0
"""Seconds an idle instance may take to stop: gunicorn's own limit, and some."""

Start = Callable[[Function], Awaitable[Instance]]
"""Starts an instance and returns it when it takes requests; raises :class:`StartFailedError`."""


class Service:
    """At most one instance at a time, beside those that were told to stop and finish what they have."""

    def __init__(
        self, function: Function, *, start: Start, console: Console, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.function = function
        self._start = start
        self._console = console
        self._now = now
        self._slots = asyncio.Semaphore(function.scale.concurrency)
        self._instance: Instance | None = None
        self._starting: asyncio.Task[Instance] | None = None
        self._watching: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._calls = 0
        self._crashes = 0
        self._not_before = 0.0

    @property
    def instance(self) -> Instance | None:
        """The instance that takes requests; None while there is none."""
        return self._instance

    async def call(self, request: Request) -> Answer:
        """Return the function's answer, waiting for a free thread of its instance, and for the instance itself.

        Raises :class:`NoAnswerError`, and :class:`TimedOutError` after the function's time limit.
        """
        limit = self.function.timeout_seconds
        self._calls += 1
        try:
            async with asyncio.timeout(limit), self._slots:
                return await self._answer(request)
        except TimeoutError:
            raise TimedOutError(f"it did not answer within {limit:.0f} s") from None
        finally:
            self._calls -= 1
            self._await_idle()

    async def stop(self, grace: float) -> None:
        """Stop the instance, and wait for all that were told to; after ``grace`` seconds, kill."""
        if self._starting:
            self._starting.cancel()
        if self._instance:
            self._let_go(self._instance, "the platform stops", grace)
        if self._watching:
            await asyncio.wait(set(self._watching), timeout=grace + 1)

    async def _answer(self, request: Request) -> Answer:
        instance = await self._wanted()
        try:
            answer = await instance.send(request)
        except NotConnectedError:
            # It had seen nothing of the request, which another may take. Word of its end may still be on its way.
            if instance is self._instance:
                self._let_go(instance, "it takes no more requests", IDLE_GRACE)
            answer = await (await self._wanted()).send(request)
        self._crashes = 0
        return answer

    async def _wanted(self) -> Instance:
        if self._instance:
            return self._instance
        wait = self._not_before - self._now()
        if wait > 0:
            raise NoAnswerError("it crashed, and is not started again yet", retry_after=int(wait) + 1)
        if self._starting is None:
            self._starting = asyncio.create_task(self._begin())
            # Where nobody waits any more, nobody else looks at what it failed of.
            self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())
        starting = self._starting
        # Whoever gives up waiting must not take the instance from the others.
        await asyncio.wait({starting})
        if starting.cancelled():
            raise NoAnswerError("the platform stops")
        return starting.result()

    async def _begin(self) -> Instance:
        began = self._now()
        try:
            instance = await self._start(self.function)
        except StartFailedError as error:
            self._back_off(str(error))
            raise NoAnswerError(f"it does not start: {error}", retry_after=int(FIRST_WAIT) + 1) from None
        finally:
            self._starting = None
        self._instance = instance
        self._console.started(self.function.name, self._now() - began)
        self._keep(self._watch(instance))
        self._await_idle()  # whoever wanted it may have gone
        return instance

    async def _watch(self, instance: Instance) -> None:
        reason = await instance.ended()
        if instance is self._instance:
            self._instance = None
            self._back_off(reason)

    def _back_off(self, reason: str) -> None:
        """Start again at once the first time, then after waits that double, until a request is answered."""
        wait = min(FIRST_WAIT * 2 ** (self._crashes - 1), LONGEST_WAIT) if self._crashes else 0.0
        self._crashes += 1
        self._not_before = self._now() + wait
        self._console.crashed(self.function.name, reason, wait)

    def _await_idle(self) -> None:
        """Count the window from now, unless somebody wants the instance."""
        if self._idle:
            self._idle.cancel()
        if self._instance and not self._calls:
            window = self.function.scale.window_seconds
            self._idle = asyncio.get_running_loop().call_later(window, self._stop_if_idle, self._instance)

    def _stop_if_idle(self, instance: Instance) -> None:
        if instance is self._instance and not self._calls:
            self._let_go(instance, "idle", IDLE_GRACE)

    def _let_go(self, instance: Instance, why: str, grace: float) -> None:
        self._instance = None
        self._keep(self._end(instance, why, grace))

    async def _end(self, instance: Instance, why: str, grace: float) -> None:
        await instance.stop(grace)
        self._console.stopped(self.function.name, why)

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
