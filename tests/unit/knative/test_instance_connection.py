"""Requests over a unix socket, to an instance that responds with scripted bytes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from knative.local.function_call import FunctionRequest, FunctionResponse, NoResponseError
from knative.local.instance_connection import InstanceConnection, InstanceGoneError

POST = FunctionRequest("POST", "/a?b=%20", [("Host", "one"), ("X", "\udce4")], b"body")
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


class ScriptedInstance:
    """An instance that sends one script after each request of ``body``. An empty script closes the connection."""

    def __init__(self, *scripts: bytes) -> None:
        self._scripts = list(scripts)
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Respond until the scripts or the requests end."""
        self.connections += 1
        try:
            while self._scripts:
                self.requests.append(await stream.readuntil(b"body"))
                writer.write(script := self._scripts.pop(0))
                if not script or b"close" in script:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


async def let_both_ends_run() -> None:
    """Let the instance and its client exchange what they have sent: both run in this event loop."""
    for _ in range(30):
        await asyncio.sleep(0)


def run_with_instance(
    folder: Path, instance: ScriptedInstance, scenario: Callable[[InstanceConnection], Awaitable[None]]
) -> None:
    """Run a scenario with a connection to an instance."""

    async def run() -> None:
        server = await asyncio.start_unix_server(instance.serve, str(folder / "socket"))
        connection = InstanceConnection(folder / "socket")
        await scenario(connection)
        connection.close()
        server.close()
        await let_both_ends_run()

    asyncio.run(run())


def responses_to(folder: Path, instance: ScriptedInstance, requests: int) -> list[FunctionResponse]:
    """Return the responses to a number of requests, one after the other."""
    responses: list[FunctionResponse] = []

    async def scenario(connection: InstanceConnection) -> None:
        for _ in range(requests):
            responses.append(await connection.send(POST))
            await let_both_ends_run()

    run_with_instance(folder, instance, scenario)
    return responses


def test_requests_share_a_connection(tmp_path: Path) -> None:
    """Target, headers and body are sent unchanged, also bytes that are not UTF-8."""
    instance = ScriptedInstance(*[EMPTY] * 3)
    assert [response.status for response in responses_to(tmp_path, instance, 3)] == [204] * 3
    assert instance.connections == 1
    assert instance.requests[0] == b"POST /a?b=%20 HTTP/1.1\r\nHost: one\r\nX: \xe4\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            b"HTTP/1.1 201 C\r\nETag:  1 \r\nA: b:c\r\nContent-Length: 2\r\n\r\nhi",
            FunctionResponse(201, [("ETag", "1"), ("A", "b:c"), ("Content-Length", "2")], b"hi"),
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + EMPTY, FunctionResponse(204, [])),
        (
            b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
            FunctionResponse(200, [("Transfer-Encoding", "chunked")], b"ab0123456789"),
        ),
    ],
)
def test_a_response_is_read_to_its_end(tmp_path: Path, script: bytes, expected: FunctionResponse) -> None:
    """The next response on the connection follows exactly."""
    instance = ScriptedInstance(script, EMPTY)
    first, second = responses_to(tmp_path, instance, 2)
    assert (first, second.status, instance.connections) == (expected, 204, 1)


@pytest.mark.parametrize(
    "script",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nX: until close\r\n\r\nhi",
    ],
)
def test_a_closed_connection_is_replaced(tmp_path: Path, script: bytes) -> None:
    """The instance closes a connection after its last response. The next request uses another connection."""
    instance = ScriptedInstance(script, EMPTY)
    first, second = responses_to(tmp_path, instance, 2)
    assert (first.body, second.status, instance.connections) == (b"hi", 204, 2)


def test_a_connection_that_ended_unused_is_replaced(tmp_path: Path) -> None:
    """The worker of an instance may die and be replaced between two requests."""
    instance = ScriptedInstance(EMPTY)

    async def scenario(connection: InstanceConnection) -> None:
        await connection.send(POST)
        await let_both_ends_run()  # the instance closes the connection after its only script
        instance._scripts.append(EMPTY)
        assert (await connection.send(POST)).status == 204

    run_with_instance(tmp_path, instance, scenario)
    assert instance.connections == 2


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nclose",
        b"nonsense close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: close\r\n\r\n",
    ],
)
def test_a_broken_response_is_no_response(tmp_path: Path, script: bytes) -> None:
    """The instance may have received the request, so it is not repeated."""

    async def scenario(connection: InstanceConnection) -> None:
        with pytest.raises(NoResponseError, match="during the request"):
            await connection.send(POST)

    instance = ScriptedInstance(script, EMPTY)
    run_with_instance(tmp_path, instance, scenario)
    assert len(instance.requests) == 1


def test_an_instance_that_does_not_listen_is_gone(tmp_path: Path) -> None:
    """It did not receive the request."""

    async def run() -> None:
        with pytest.raises(InstanceGoneError):
            await InstanceConnection(tmp_path / "none").send(POST)

    asyncio.run(run())


def test_a_request_that_gives_up_closes_its_connection(tmp_path: Path) -> None:
    """A late response must not be taken for the response to the next request."""
    instance = ScriptedInstance(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", EMPTY)

    async def scenario(connection: InstanceConnection) -> None:
        waiting = asyncio.create_task(connection.send(POST))
        await let_both_ends_run()
        assert len(instance.requests) == 1
        waiting.cancel()
        await asyncio.wait({waiting})
        assert (await connection.send(POST)).status == 204

    run_with_instance(tmp_path, instance, scenario)
    assert instance.connections == 2


def test_a_header_cannot_contain_another(tmp_path: Path) -> None:
    """A line break in a header would start another header."""
    request = FunctionRequest("GET", "/", [("X", "a\r\nY: b")], b"")
    with pytest.raises(ValueError, match="line break"):
        asyncio.run(InstanceConnection(tmp_path / "none").send(request))
