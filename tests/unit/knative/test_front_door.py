"""The public port, over real HTTP, in front of functions that are not there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import BytesIO, StringIO
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from knative.local.console import Console
from knative.local.exchange import Answer, Request, TimedOutError
from knative.local.front_door import front_door
from tests.unit.knative.samples import Functions, function, function_list

LISTED = function_list(function("tasks", paths=["/tasks"]), function("hears", triggers=[{"type": "a"}]))


def visit(call: Any, scene: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    """Play a scene with a client of the door."""

    async def run() -> None:
        door = front_door(LISTED, call=call, console=Console(StringIO()))
        async with TestClient(TestServer(door)) as client:
            await scene(client)

    asyncio.run(run())


def test_a_request_arrives_as_it_was_sent_and_the_answer_as_it_was_given() -> None:
    """Method, path, query, body and headers pass; what concerns one connection only does not."""
    answer = Answer(201, [("ETag", '"1"'), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Connection", "close")], b"made")
    functions = Functions(tasks=[answer])

    async def scene(client: TestClient[Any, Any]) -> None:
        headers = {"Idempotency-Key": "k", "Connection": "x-hop", "X-Hop": "1"}
        response = await client.post("/tasks/1?a=%20&a=2", data=b"body", headers=headers)
        assert (response.status, await response.read()) == (201, b"made")
        assert response.headers["ETag"] == '"1"'
        assert response.headers.getall("Set-Cookie") == ["a", "b"]

    visit(functions.call, scene)
    (name, request), *_ = functions.seen
    assert (name, request.method, request.target, request.body) == ("tasks", "POST", "/tasks/1?a=%20&a=2", b"body")
    sent = {key.lower(): value for key, value in request.headers}
    assert sent["idempotency-key"] == "k"
    assert not {"connection", "x-hop", "content-length"} & set(sent)


def test_an_empty_answer_stays_empty() -> None:
    """A 204 has no body, and no type of one."""

    async def scene(client: TestClient[Any, Any]) -> None:
        response = await client.delete("/tasks/1")
        assert (response.status, await response.read()) == (204, b"")
        assert "Content-Type" not in response.headers

    visit(Functions(tasks=[Answer(204)]).call, scene)


def test_a_function_without_paths_has_its_own_host() -> None:
    """As in a cluster, each service is reached by its name."""
    functions = Functions(hears=[Answer(200, body=b"ok")])

    async def scene(client: TestClient[Any, Any]) -> None:
        assert (await client.get("/ready", headers={"Host": "hears.localhost:8080"})).status == 200

    visit(functions.call, scene)
    assert functions.called == ["hears"]


def test_the_root_says_what_there_is() -> None:
    """Somebody who looks around finds the services."""

    async def scene(client: TestClient[Any, Any]) -> None:
        services = (await (await client.get("/")).json())["services"]
        assert {"name": "tasks", "paths": ["/tasks"]} in services

    visit(Functions().call, scene)


def problem_of(call: Any, path: str, **request: Any) -> dict[str, Any]:
    """Return the problem that answers a request, with its Retry-After."""
    found: dict[str, Any] = {}

    async def scene(client: TestClient[Any, Any]) -> None:
        response = await client.post(path, **request)
        assert response.content_type == "application/problem+json"
        found.update(json.loads(await response.read()), retry=response.headers.get("Retry-After"))
        assert found["status"] == response.status

    visit(call, scene)
    return found


def test_an_unknown_path_is_a_problem() -> None:
    """No function is asked, and the answer says where to look."""
    functions = Functions()
    found = problem_of(functions.call, "/nothing")
    assert (found["status"], functions.called) == (404, [])


def test_a_body_that_is_too_large_goes_no_further() -> None:
    """A mebibyte is the limit, and one byte more is refused."""
    functions = Functions(tasks=[Answer(200)])
    assert problem_of(functions.call, "/tasks", data=BytesIO(b"x" * 1_048_577))["status"] == 413
    assert functions.called == []


def test_no_answer_is_unavailable_for_now() -> None:
    """A function that died, or does not start, may be there in a moment."""
    found = problem_of(Functions(tasks=["its process died over it"]).call, "/tasks")
    assert (found["status"], found["retry"]) == (503, "1")
    assert found["detail"] == "tasks: its process died over it"


def test_an_answer_out_of_time_is_a_gateway_s_timeout() -> None:
    """A caller can tell a function that is slow from one that is not there."""

    async def call(_name: str, _request: Request) -> Answer:
        raise TimedOutError("it did not answer within 30 s")

    assert problem_of(call, "/tasks")["status"] == 504
