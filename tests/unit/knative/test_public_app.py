"""The public port over real HTTP, in front of scripted functions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import BytesIO, StringIO
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse, ResponseTimeoutError
from knative.local.public_app import create_public_app
from tests.unit.knative.scripted_functions import ScriptedFunctions, function_entry, function_list

LISTED = function_list(function_entry("tasks", paths=["/tasks"]), function_entry("reacts", triggers=[{"type": "a"}]))


def run_with_client(call: Any, scenario: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    """Run a scenario with a client of the public port."""

    async def run() -> None:
        app = create_public_app(LISTED, call=call, console=Console(StringIO()))
        async with TestClient(TestServer(app)) as client:
            await scenario(client)

    asyncio.run(run())


def test_requests_and_responses_pass_unchanged() -> None:
    """Method, path, query, body and headers are forwarded, but no header of one connection."""
    response = FunctionResponse(
        201, [("ETag", '"1"'), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Connection", "close")], b"made"
    )
    functions = ScriptedFunctions(tasks=[response])

    async def scenario(client: TestClient[Any, Any]) -> None:
        headers = {"Idempotency-Key": "k", "Connection": "x-hop", "X-Hop": "1"}
        response = await client.post("/tasks/1?a=%20&a=2", data=b"body", headers=headers)
        assert (response.status, await response.read()) == (201, b"made")
        assert response.headers["ETag"] == '"1"'
        assert response.headers.getall("Set-Cookie") == ["a", "b"]

    run_with_client(functions.call, scenario)
    (name, request), *_ = functions.requests
    assert (name, request.method, request.target, request.body) == ("tasks", "POST", "/tasks/1?a=%20&a=2", b"body")
    forwarded = {key.lower(): value for key, value in request.headers}
    assert forwarded["idempotency-key"] == "k"
    assert not {"connection", "x-hop", "content-length"} & set(forwarded)


def test_an_empty_response_stays_empty() -> None:
    """A 204 has no body and no content type."""

    async def scenario(client: TestClient[Any, Any]) -> None:
        response = await client.delete("/tasks/1")
        assert (response.status, await response.read()) == (204, b"")
        assert "Content-Type" not in response.headers

    run_with_client(ScriptedFunctions(tasks=[FunctionResponse(204)]).call, scenario)


def test_a_function_without_paths_is_reached_by_its_host() -> None:
    """Every service has its own host, as in a cluster."""
    functions = ScriptedFunctions(reacts=[FunctionResponse(200, body=b"ok")])

    async def scenario(client: TestClient[Any, Any]) -> None:
        assert (await client.get("/ready", headers={"Host": "reacts.localhost:8080"})).status == 200

    run_with_client(functions.call, scenario)
    assert functions.called == ["reacts"]


def test_the_root_lists_the_functions() -> None:
    """A visitor finds the paths of all services."""

    async def scenario(client: TestClient[Any, Any]) -> None:
        services = (await (await client.get("/")).json())["services"]
        assert {"name": "tasks", "paths": ["/tasks"]} in services

    run_with_client(ScriptedFunctions().call, scenario)


def problem_of(call: Any, path: str, **request: Any) -> dict[str, Any]:
    """Return the problem details of a response. The member ``retry`` is its Retry-After."""
    problem: dict[str, Any] = {}

    async def scenario(client: TestClient[Any, Any]) -> None:
        response = await client.post(path, **request)
        assert response.content_type == "application/problem+json"
        problem.update(json.loads(await response.read()), retry=response.headers.get("Retry-After"))
        assert problem["status"] == response.status

    run_with_client(call, scenario)
    return problem


def test_an_unknown_path_is_404() -> None:
    """No function is called."""
    functions = ScriptedFunctions()
    problem = problem_of(functions.call, "/nothing")
    assert (problem["status"], functions.called) == (404, [])


def test_a_body_above_the_limit_is_413() -> None:
    """The limit is 1 MiB. No function is called for one byte more."""
    functions = ScriptedFunctions(tasks=[FunctionResponse(200)])
    assert problem_of(functions.call, "/tasks", data=BytesIO(b"x" * 1_048_577))["status"] == 413
    assert functions.called == []


def test_a_missing_response_is_503() -> None:
    """The function may respond to the next request, so the problem has a Retry-After."""
    problem = problem_of(ScriptedFunctions(tasks=["its process ended"]).call, "/tasks")
    assert (problem["status"], problem["retry"]) == (503, "1")
    assert problem["detail"] == "tasks: its process ended"


def test_a_timeout_is_504() -> None:
    """A client can distinguish a slow function from one that does not respond at all."""

    async def call(_name: str, _request: FunctionRequest) -> FunctionResponse:
        raise ResponseTimeoutError("it did not respond within 30 s")

    assert problem_of(call, "/tasks")["status"] == 504
