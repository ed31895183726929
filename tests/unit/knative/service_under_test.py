"""A service of one function, with fake instances and a fake clock."""

import asyncio
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any, cast

from knative.function_list import Function
from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError
from knative.local.function_instance import FunctionInstance, InstanceStartError
from knative.local.function_service import FunctionService
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
