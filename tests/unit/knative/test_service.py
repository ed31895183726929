"""One function from zero to one and back, with instances that are not there and time that a test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any, cast

import pytest

from knative.function_list import Function
from knative.local.connection import NotConnectedError
from knative.local.console import Console
from knative.local.exchange import Answer, NoAnswerError, Request, TimedOutError
from knative.local.instance import Instance, StartFailedError
from knative.local.service import Service
from tests.unit.knative.samples import TAKEN, function

REQUEST = Request("GET", "/", (), b"")


class FakeInstance:
    """An instance that answers when it is let, and ends when it is told to."""

    def __init__(self, gate: asyncio.Event) -> None:
        self.in_flight = 0
        self.gate = gate
        self.failure: NoAnswerError | None = None
        self.most = 0
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def send(self, _request: Request) -> Answer:
        """Answer once the gate is open."""
        if self.failure:
            raise self.failure
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await self.gate.wait()
        finally:
            self.in_flight -= 1
        return TAKEN

    async def ended(self) -> str:
        """Wait for its end."""
        return await asyncio.shield(self._end)

    async def stop(self, _grace: float) -> None:
        """End in good order."""
        self.die("told to")

    def die(self, reason: str = "killed") -> None:
        """End."""
        if not self._end.done():
            self._end.set_result(reason)

    @property
    def gone(self) -> bool:
        """Whether it ended."""
        return self._end.done()


class Stage:
    """A service, and the instances it started."""

    def __init__(self, **members: Any) -> None:
        self.now = 0.0
        self.instances: list[FakeInstance] = []
        self.start_failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.service = Service(
            Function.model_validate(function("one", **members)),
            start=self._start,
            console=Console(StringIO()),
            now=lambda: self.now,
        )

    async def _start(self, _function: Function) -> Instance:
        await asyncio.sleep(0)
        if self.start_failures:
            self.start_failures -= 1
            raise StartFailedError("exit code 1")
        self.instances.append(FakeInstance(self.gate))
        return cast("Instance", self.instances[-1])

    async def call(self) -> Answer:
        """Send a request."""
        return await self.service.call(REQUEST)


def play(scene: Callable[[Stage], Awaitable[None]], **members: Any) -> None:
    """Run a scene, then stop the service."""

    async def run() -> None:
        stage = Stage(**members)
        await scene(stage)
        await stage.service.stop(1)
        assert all(instance.gone for instance in stage.instances)

    asyncio.run(run())


async def settle() -> None:
    """Let everything that can happen now happen."""
    for _ in range(10):
        await asyncio.sleep(0)


def window(seconds: int) -> dict[str, Any]:
    """Return a scale whose window is this long."""
    return {"max": 1, "concurrency": 2, "window": f"{seconds}s"}


def test_many_first_requests_start_one_instance() -> None:
    """Whoever comes while it starts waits for the same one."""

    async def scene(stage: Stage) -> None:
        answers = await asyncio.gather(*(stage.call() for _ in range(5)))
        assert [answer.status for answer in answers] == [202] * 5
        assert len(stage.instances) == 1

    play(scene)


def test_no_more_at_once_than_it_has_threads() -> None:
    """The rest waits outside, in order."""

    async def scene(stage: Stage) -> None:
        await stage.call()
        stage.gate.clear()
        calls = [asyncio.create_task(stage.call()) for _ in range(5)]
        await settle()
        assert stage.instances[0].in_flight == 2
        stage.gate.set()
        await asyncio.gather(*calls)
        assert stage.instances[0].most == 2

    play(scene)


def test_idle_for_its_window_it_stops_and_comes_again() -> None:
    """From one to zero, and with the next request to one."""

    async def scene(stage: Stage) -> None:
        await stage.call()
        first = stage.instances[0]
        await first.ended()
        assert stage.service.instance is None
        await stage.call()
        assert len(stage.instances) == 2

    play(scene, scale=window(0))


def test_a_request_in_flight_keeps_it_awake() -> None:
    """A window counts from the last answer."""

    async def scene(stage: Stage) -> None:
        stage.gate.clear()
        call = asyncio.create_task(stage.call())
        await settle()  # many windows of no seconds
        assert not stage.instances[0].gone
        stage.gate.set()
        await call
        await stage.instances[0].ended()

    play(scene, scale=window(0))


def test_an_instance_that_nobody_waits_for_any_more_stops_too() -> None:
    """A client that went away while it started does not leave it behind."""

    async def scene(stage: Stage) -> None:
        call = asyncio.create_task(stage.call())
        await asyncio.sleep(0)
        call.cancel()
        await settle()
        await stage.instances[0].ended()

    play(scene, scale=window(0))


def test_a_death_costs_the_first_time_nothing() -> None:
    """One that was killed is replaced with the next request."""

    async def scene(stage: Stage) -> None:
        await stage.call()
        stage.instances[0].die()
        await settle()
        assert (await stage.call()).status == 202

    play(scene)


def test_who_was_not_heard_is_asked_again() -> None:
    """A request that an instance saw nothing of goes to the next one, once."""

    async def scene(stage: Stage) -> None:
        await stage.call()
        stage.instances[0].failure = NotConnectedError("its process is gone")
        stage.instances[0].die()
        assert (await stage.call()).status == 202
        stage.instances[1].failure = NoAnswerError("its process died over it")
        with pytest.raises(NoAnswerError, match="died over it"):
            await stage.call()

    play(scene)


def test_a_crash_loop_is_backed_off() -> None:
    """It starts again at once, then after half a second, one, two; who comes in between is refused and not held."""

    async def scene(stage: Stage) -> None:
        stage.start_failures = 4
        outcomes = []
        for passed in (0, 0, 0, 0.4, 0.1, 0.9, 0.1, 1.9, 0.1):
            stage.now += passed
            try:
                outcomes.append(str((await stage.call()).status))
            except NoAnswerError as error:
                outcomes.append("failed" if "does not start" in str(error) else "waits")
        assert outcomes == ["failed", "failed", "waits", "waits", "failed", "waits", "failed", "waits", "202"]

    play(scene)


def test_an_answer_forgives_the_crashes() -> None:
    """After a request went well, the next death is a first one."""

    async def scene(stage: Stage) -> None:
        for _ in range(3):
            await stage.call()
            stage.instances[-1].die()
            await settle()
        assert len(stage.instances) == 3

    play(scene)


def test_a_request_has_its_time_limit() -> None:
    """Whoever waits longer is told so, the wait for an instance included."""

    async def scene(stage: Stage) -> None:
        with pytest.raises(TimedOutError, match="within 0 s"):
            await stage.call()

    play(scene, timeout="0s")
