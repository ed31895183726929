"""The internal port over real HTTP, in front of scripted functions."""

import asyncio
from io import StringIO
from types import SimpleNamespace
from typing import cast

from aiohttp.test_utils import TestClient, TestServer

from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse
from knative.local.function_registry import FunctionRegistry
from knative.local.function_service import FunctionService
from knative.local.internal_app import create_internal_app
from knative.local.local_broker import LocalBroker
from tests.unit.knative.scripted_functions import ACCEPTED, EVENT, ScriptedFunctions, function_entry, function_list

LISTED = function_list(function_entry("one", triggers=[{"type": "todo.TaskCreated"}]), function_entry("two"))


class WatchedService:
    """A publisher that records its uses."""

    def __init__(self) -> None:
        self.uses: list[str] = []

    def prevent_idle_stop(self) -> "WatchedService":
        """Return a context manager: this service."""
        return self

    def __enter__(self) -> None:
        self.uses.append("begins")

    def __exit__(self, *_: object) -> None:
        self.uses.append("ends")


def test_a_publisher_is_in_use_until_its_event_is_accepted() -> None:
    """So an instance with events left to publish is not idle. The name of the publisher is in the path."""
    two = WatchedService()
    uses_at_delivery: list[list[str]] = []

    async def call(_name: str, _request: FunctionRequest) -> FunctionResponse:
        uses_at_delivery.append(list(two.uses))
        return ACCEPTED

    async def run() -> None:
        console = Console(StringIO())
        broker = LocalBroker(LISTED, call=call, url_of=str, console=console)
        registry = SimpleNamespace(by_name={"two": cast("FunctionService", two)}, call=ScriptedFunctions().call)
        app = create_internal_app(cast("FunctionRegistry", registry), broker, console=console)
        async with TestClient(TestServer(app)) as client:
            for path in ("/broker/two", "/broker/unknown", "/broker"):
                assert (await client.post(path, headers=EVENT, data=b"{}")).status == 202
            malformed = await client.post("/broker/two", headers={"ce-id": "1"}, data=b"{}")
            assert malformed.status == 400

    asyncio.run(run())
    once = ["begins", "ends"]
    assert uses_at_delivery == [["begins"], once, once]
    assert two.uses == once * 2
