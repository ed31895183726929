"""A list of functions, and functions that answer what a test tells them to."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from knative.function_list import FunctionList
from knative.local.exchange import Answer, NoAnswerError, Request

TAKEN = Answer(202)

EVENT = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/todo/tasks",
    "ce-type": "todo.TaskCreated",
    "content-type": "application/json",
}


def function(name: str, **members: Any) -> dict[str, Any]:
    """Return a function's entry, as complete as it must be."""
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
        "functions": [*functions, function("keep")],
    }
    return FunctionList.model_validate(document)


class Functions:
    """Functions that answer from a script, the last line of it for ever; a text in it is a reason not to answer."""

    def __init__(self, **scripts: list[Answer | str]) -> None:
        self._scripts = {name.replace("_", "-"): script for name, script in scripts.items()}
        self.seen: list[tuple[str, Request]] = []

    async def call(self, name: str, request: Request) -> Answer:
        """Answer as the script says."""
        self.seen.append((name, request))
        script = self._scripts.get(name, [TAKEN])
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, str):
            raise NoAnswerError(answer)
        return answer

    @property
    def called(self) -> list[str]:
        """Whom was called, in order."""
        return [name for name, _ in self.seen]

    def headers_of(self, name: str) -> dict[str, str]:
        """Return the headers of the last request to a function."""
        return dict(next(request for called, request in reversed(self.seen) if called == name).headers)


class Sleeps:
    """Sleeps that take no time and are remembered."""

    def __init__(self, then: Callable[[float], None] = lambda _seconds: None) -> None:
        self.seconds: list[float] = []
        self._then = then

    async def __call__(self, seconds: float) -> None:
        """Note how long it would have been."""
        self.seconds.append(seconds)
        self._then(seconds)
        await asyncio.sleep(0)
