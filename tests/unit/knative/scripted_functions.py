"""A list of functions, and functions that respond as a test scripts them."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from knative.function_list import FunctionList
from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError

ACCEPTED = FunctionResponse(202)

EVENT = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/todo/tasks",
    "ce-type": "todo.TaskCreated",
    "content-type": "application/json",
}


def function_entry(name: str, **members: Any) -> dict[str, Any]:
    """Return a valid entry of the list of functions. ``members`` replace or add members."""
    return {
        "name": name,
        "domain": "samples",
        "source": f"functions/samples/{name.replace('-', '_')}.py",
        "target": name.replace("-", "_"),
        "scale": {"max": 1, "concurrency": 2, "window": "10s"},
        "timeout": "30s",
        **members,
    }


def function_list(*functions: dict[str, Any], retry: int = 3, clocks: Iterable[dict[str, str]] = ()) -> FunctionList:
    """Return a list of these functions and of ``keep``, the dead-letter sink."""
    delivery = {"retry": retry, "backoffPolicy": "exponential", "backoffDelay": "PT0.5S", "deadLetterSink": "keep"}
    document = {
        "broker": {"name": "default", "delivery": delivery},
        "clocks": list(clocks),
        "functions": [*functions, function_entry("keep")],
    }
    return FunctionList.model_validate(document)


class ScriptedFunctions:
    """Functions that respond from a script, and repeat its last response.

    A text in a script is the reason why the function does not respond. Functions without a script accept every request.
    """

    def __init__(self, **scripts: list[FunctionResponse | str]) -> None:
        self._scripts = {name.replace("_", "-"): script for name, script in scripts.items()}
        self.requests: list[tuple[str, FunctionRequest]] = []

    async def call(self, name: str, request: FunctionRequest) -> FunctionResponse:
        """Return the next response of the function's script."""
        self.requests.append((name, request))
        script = self._scripts.get(name, [ACCEPTED])
        response = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(response, str):
            raise NoResponseError(response)
        return response

    @property
    def called(self) -> list[str]:
        """The names of the functions that were called, in order."""
        return [name for name, _ in self.requests]

    def headers_of(self, name: str) -> dict[str, str]:
        """Return the headers of the last request to a function."""
        return dict(next(request for called, request in reversed(self.requests) if called == name).headers)


class RecordedSleeps:
    """Sleeps that take no time. Their seconds are recorded."""

    def __init__(self, then: Callable[[float], None] = lambda _seconds: None) -> None:
        self.seconds: list[float] = []
        self._then = then

    async def __call__(self, seconds: float) -> None:
        """Record the seconds and return at once."""
        self.seconds.append(seconds)
        self._then(seconds)
        await asyncio.sleep(0)
