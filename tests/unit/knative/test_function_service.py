"""One function from zero to one instance and back, with fake instances and a fake clock."""

import asyncio
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any, cast

import pytest

from knative.function_list import Function
from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError, ResponseTimeoutError
from knative.local.function_instance import FunctionInstance, InstanceStartError
from knative.local.function_service import FunctionService
from knative.local.instance_connection import InstanceGoneError
from tests.unit.knative.scripted_functions import ACCEPTED, function_entry

REQUEST = FunctionRequest("GET", "/", (), b"")


class FakeInstance:
    """An instance that responds while ``gate`` is open."""

    def __init__(self, gate: asyncio.Event) -> None:
        self.in_flight = 0
        self.gate = gate
        self.failure: NoResponseError | None = None
        self.most_in_flight = 0
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def send(self, _request: FunctionRequest) -> FunctionResponse:
        """Respond once the gate is open, or raise the failure."""
        if self.failure:
            raise self.failure
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
        finally:
            self.in_flight -= 1
        return ACCEPTED

    async def wait_until_ended(self) -> str:
        """Return the reason of the end."""
        return await asyncio.shield(self._end)

    async def stop(self, _grace: float) -> None:
        """End at once."""
        self.die("stopped")

    def die(self, reason: str = "killed") -> None:
        """End for a reason."""
        if not self._end.done():
            self._end.set_result(reason)

    @property
    def has_ended(self) -> bool:
        """Whether the instance has ended."""
        return self._end.done()


class ServiceUnderTest:
    """A service, its instances and its clock. The next ``start_failures`` starts fail."""

    def __init__(self, **members: Any) -> None:
        self.now = 0.0
        self.instances: list[FakeInstance] = []
        self.start_failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.service = FunctionService(
            Function.model_validate(function_entry("one", **members)),
            start_instance=self._start_instance,
            console=Console(StringIO()),
            now=lambda: self.now,
        )

    async def _start_instance(self, _function: Function) -> FunctionInstance:
        await asyncio.sleep(0)
        if self.start_failures:
            self.start_failures -= 1
            raise InstanceStartError("exit code 1")
        self.instances.append(FakeInstance(self.gate))
        return cast("FunctionInstance", self.instances[-1])

    async def call(self) -> FunctionResponse:
        """Send a request to the service."""
        return await self.service.call(REQUEST)


def run_with_service(scenario: Callable[[ServiceUnderTest], Awaitable[None]], **members: Any) -> None:
    """Run a scenario and stop the service. ``members`` are members of the function's entry in the list."""

    async def run() -> None:
        under_test = ServiceUnderTest(**members)
        await scenario(under_test)
        await under_test.service.stop(1)
        assert all(instance.has_ended for instance in under_test.instances)

    asyncio.run(run())


async def let_tasks_run() -> None:
    """Let all tasks run that can run now."""
    for _ in range(10):
        await asyncio.sleep(0)


def scale_with_window(seconds: int) -> dict[str, Any]:
    """Return a scale with an idle window of this many seconds."""
    return {"max": 1, "concurrency": 2, "window": f"{seconds}s"}


def test_concurrent_first_requests_start_one_instance() -> None:
    """Later requests wait for the same instance."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        responses = await asyncio.gather(*(under_test.call() for _ in range(5)))
        assert [response.status for response in responses] == [202] * 5
        assert len(under_test.instances) == 1

    run_with_service(scenario)


def test_an_instance_gets_no_more_requests_than_it_has_threads() -> None:
    """Further requests wait."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        await under_test.call()
        under_test.gate.clear()
        calls = [asyncio.create_task(under_test.call()) for _ in range(5)]
        await let_tasks_run()
        assert under_test.instances[0].in_flight == 2
        under_test.gate.set()
        await asyncio.gather(*calls)
        assert under_test.instances[0].most_in_flight == 2

    run_with_service(scenario)


def test_an_idle_instance_stops_and_the_next_request_starts_another() -> None:
    """The service scales to zero and back to one."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        await under_test.call()
        first = under_test.instances[0]
        await first.wait_until_ended()
        assert under_test.service.instance is None
        await under_test.call()
        assert len(under_test.instances) == 2

    run_with_service(scenario, scale=scale_with_window(0))


def test_an_instance_with_a_request_is_not_idle() -> None:
    """The window starts at the last response."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        under_test.gate.clear()
        call = asyncio.create_task(under_test.call())
        await let_tasks_run()  # longer than a window of 0 seconds
        assert not under_test.instances[0].has_ended
        under_test.gate.set()
        await call
        await under_test.instances[0].wait_until_ended()

    run_with_service(scenario, scale=scale_with_window(0))


def test_an_instance_that_publishes_is_not_idle() -> None:
    """The window starts at the end of the last publication."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        with under_test.service.prevent_idle_stop():
            await under_test.call()
            await let_tasks_run()  # longer than a window of 0 seconds
            assert not under_test.instances[0].has_ended
        await under_test.instances[0].wait_until_ended()

    run_with_service(scenario, scale=scale_with_window(0))


def test_a_use_starts_the_window_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one timer, however many uses. It starts over if the instance was used since."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        loop = asyncio.get_running_loop()
        timers: list[tuple[float, Callable[[], None]]] = []

        def record_timer(seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
            timers.append((seconds, callback))
            return loop.call_at(loop.time() + 1000, callback)

        monkeypatch.setattr(loop, "call_later", record_timer)
        await under_test.call()
        under_test.now = 0.5
        await under_test.call()
        assert [seconds for seconds, _ in timers] == [1.0]
        under_test.now = 1.0
        timers[0][1]()
        assert [seconds for seconds, _ in timers] == [1.0, 0.5]
        assert under_test.service.instance
        under_test.now = 1.5
        timers[1][1]()
        monkeypatch.undo()
        assert under_test.service.instance is None

    run_with_service(scenario, scale=scale_with_window(1))


def test_an_instance_stops_if_its_only_caller_gave_up() -> None:
    """A client may close its connection while the instance starts."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        call = asyncio.create_task(under_test.call())
        await asyncio.sleep(0)
        call.cancel()
        await let_tasks_run()
        await under_test.instances[0].wait_until_ended()

    run_with_service(scenario, scale=scale_with_window(0))


def test_the_first_crash_causes_no_wait() -> None:
    """The next request starts another instance at once."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        await under_test.call()
        under_test.instances[0].die()
        await let_tasks_run()
        assert (await under_test.call()).status == 202

    run_with_service(scenario)


def test_a_request_that_was_not_received_goes_to_the_next_instance() -> None:
    """A request that may have been received is not repeated."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        await under_test.call()
        under_test.instances[0].failure = InstanceGoneError("its process has ended")
        under_test.instances[0].die()
        assert (await under_test.call()).status == 202
        under_test.instances[1].failure = NoResponseError("its process ended during the request")
        with pytest.raises(NoResponseError, match="during the request"):
            await under_test.call()

    run_with_service(scenario)


def test_repeated_crashes_delay_the_restart() -> None:
    """The waits are 0, 0.5, 1 and 2 seconds. Requests meanwhile fail at once."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        under_test.start_failures = 4
        outcomes = []
        for passed in (0, 0, 0, 0.4, 0.1, 0.9, 0.1, 1.9, 0.1):
            under_test.now += passed
            try:
                outcomes.append(str((await under_test.call()).status))
            except NoResponseError as error:
                outcomes.append("failed" if "does not start" in str(error) else "waits")
        assert outcomes == ["failed", "failed", "waits", "waits", "failed", "waits", "failed", "waits", "202"]

    run_with_service(scenario)


def test_a_response_resets_the_restart_delay() -> None:
    """After a successful request, the next crash is a first crash again."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        for _ in range(3):
            await under_test.call()
            under_test.instances[-1].die()
            await let_tasks_run()
        assert len(under_test.instances) == 3

    run_with_service(scenario)


def test_a_request_has_a_time_limit() -> None:
    """The limit includes the start of an instance."""

    async def scenario(under_test: ServiceUnderTest) -> None:
        with pytest.raises(ResponseTimeoutError, match="within 0 s"):
            await under_test.call()

    run_with_service(scenario, timeout="0s")
