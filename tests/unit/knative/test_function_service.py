"""One function from zero to one instance and back, with fake instances and a fake clock."""

import asyncio
from collections.abc import Callable

import pytest

from knative.local.function_call import NoResponseError, ResponseTimeoutError
from knative.local.instance_connection import InstanceGoneError
from tests.unit.knative.service_under_test import (
    ServiceUnderTest,
    let_tasks_run,
    run_with_service,
    scale_with_window,
)


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
