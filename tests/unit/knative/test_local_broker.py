"""The local broker: its subscribers, its retries and its dead letters."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from io import StringIO

import pytest

from events.envelope import STRUCTURED, MalformedEventError
from knative.function_list import FunctionList
from knative.local.console import Console
from knative.local.function_call import FunctionRequest, FunctionResponse
from knative.local.local_broker import LocalBroker
from tests.unit.knative.scripted_functions import (
    ACCEPTED,
    EVENT,
    RecordedSleeps,
    ScriptedFunctions,
    function_entry,
    function_list,
)

CREATED = [{"type": "todo.TaskCreated"}]
ONE = function_list(function_entry("one", triggers=CREATED))


def publish(
    functions: ScriptedFunctions,
    sleeps: RecordedSleeps,
    listed: FunctionList = ONE,
    headers: Mapping[str, str] = EVENT,
) -> bool:
    """Publish an event and return whether the broker accepted it. ``headers`` replace the usual ones."""
    broker = LocalBroker(
        listed, call=functions.call, url_of=lambda name: f"http://{name}", console=Console(StringIO()), sleep=sleeps
    )
    return asyncio.run(broker.publish({**EVENT, **headers}, b"{}"))


def test_every_subscriber_gets_the_event() -> None:
    """Functions with a matching trigger are called, the others are not."""
    deleted = [{"type": "todo.TaskDeleted"}]
    listed = function_list(
        function_entry("one", triggers=CREATED),
        function_entry("two", triggers=CREATED),
        function_entry("three", triggers=deleted),
    )
    functions, sleeps = ScriptedFunctions(), RecordedSleeps()
    assert publish(functions, sleeps, listed)
    assert sorted(functions.called) == ["one", "two"]
    assert functions.headers_of("one")["ce-id"] == "1"


def test_an_event_without_subscribers_is_accepted() -> None:
    """A missing trigger is not a failure."""
    functions = ScriptedFunctions()
    assert publish(functions, RecordedSleeps(), headers={"ce-type": "todo.Other"})
    assert functions.called == []


@pytest.mark.parametrize(
    "response", [FunctionResponse(status) for status in (404, 408, 409, 429, 500, 502, 503)] + ["no response"]
)
def test_a_temporary_failure_is_retried_with_doubled_delays(response: FunctionResponse | str) -> None:
    """Four 4xx statuses, every 5xx and a missing response are retried after 0.5, 1 and 2 seconds."""
    functions, sleeps = ScriptedFunctions(one=[response, response, response, ACCEPTED]), RecordedSleeps()
    assert publish(functions, sleeps)
    assert functions.called == ["one"] * 4
    assert sleeps.seconds == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 410, 413, 415, 422, 301])
def test_a_final_rejection_becomes_a_dead_letter_at_once(status: int) -> None:
    """Every other status sends the event to the dead-letter sink without a retry."""
    functions, sleeps = ScriptedFunctions(one=[FunctionResponse(status, body=b"never")]), RecordedSleeps()
    assert publish(functions, sleeps)
    assert (functions.called, sleeps.seconds) == (["one", "keep"], [])
    headers = functions.headers_of("keep")
    assert headers["ce-knativeerrordest"] == "http://one"
    assert headers["ce-knativeerrorcode"] == str(status)
    assert b64decode(headers["ce-knativeerrordata"]) == b"never"
    assert headers["ce-id"] == "1"


def test_a_success_with_a_body_is_a_failure() -> None:
    """Knative's brokers treat a body as an event to publish, and fail if it is not one."""
    functions, sleeps = ScriptedFunctions(one=[FunctionResponse(200, body=b"OK")]), RecordedSleeps()
    assert publish(functions, sleeps)
    assert functions.called == ["one"] * 4 + ["keep"]
    assert functions.headers_of("keep")["ce-knativeerrorcode"] == "502"


def test_a_missing_response_becomes_a_dead_letter_with_its_reason() -> None:
    """The code is -1, as in Knative, and the data is the reason."""
    functions = ScriptedFunctions(one=["its process ended"])
    assert publish(functions, RecordedSleeps())
    headers = functions.headers_of("keep")
    assert headers["ce-knativeerrorcode"] == "-1"
    assert b64decode(headers["ce-knativeerrordata"]) == b"its process ended"


def test_a_long_failure_is_cut() -> None:
    """The headers of a dead letter stay below the limits of servers."""
    functions = ScriptedFunctions(one=[FunctionResponse(400, body=b"x" * 100_000)])
    assert publish(functions, RecordedSleeps())
    assert len(b64decode(functions.headers_of("keep")["ce-knativeerrordata"])) == 1024


def test_an_event_is_not_accepted_if_the_sink_fails() -> None:
    """After the retries of the dead-letter sink, the publisher must send the event again."""
    functions = ScriptedFunctions(one=[FunctionResponse(400)], keep=[FunctionResponse(503)])
    assert not publish(functions, RecordedSleeps())
    assert functions.called == ["one"] + ["keep"] * 4


def test_a_failing_subscriber_does_not_delay_others() -> None:
    """The other subscriber gets the event before the first retry."""
    listed = function_list(function_entry("one", triggers=CREATED), function_entry("two", triggers=CREATED))
    functions = ScriptedFunctions(one=[FunctionResponse(503)])
    order: list[str] = []
    assert publish(functions, RecordedSleeps(lambda _: order.append(functions.called[-1])), listed)
    assert functions.called[:2] == ["one", "two"]


def test_a_malformed_event_is_rejected() -> None:
    """No function is called."""
    functions = ScriptedFunctions()
    with pytest.raises(MalformedEventError):
        publish(functions, RecordedSleeps(), headers={"ce-id": ""})
    assert functions.called == []


def test_a_content_type_that_cannot_be_a_header_is_rejected() -> None:
    """In structured mode it is JSON text, which may contain a line break."""
    functions = ScriptedFunctions()
    broker = LocalBroker(ONE, call=functions.call, url_of=str, console=Console(StringIO()))
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "todo.TaskCreated",
        "datacontenttype": "a\r\nb: c",
    }
    with pytest.raises(MalformedEventError, match="datacontenttype"):
        asyncio.run(broker.publish({"content-type": STRUCTURED}, json.dumps(event).encode()))
    assert functions.called == []


def publish_while_closing(
    close: Callable[[LocalBroker], Awaitable[None]],
    call: Callable[[str, FunctionRequest], Awaitable[FunctionResponse]],
) -> bool:
    """Publish to a broker that is closed during the delivery. Return whether the broker accepted the event."""

    async def run() -> bool:
        broker = LocalBroker(ONE, call=call, url_of=str, console=Console(StringIO()))
        publishing = asyncio.create_task(broker.publish(EVENT, b"{}"))
        await asyncio.sleep(0)
        await close(broker)
        return await publishing

    return asyncio.run(run())


def test_closing_waits_for_deliveries() -> None:
    """An event that is being delivered is accepted."""
    responding = asyncio.Event()

    async def call(_name: str, _request: FunctionRequest) -> FunctionResponse:
        await responding.wait()
        return ACCEPTED

    async def close(broker: LocalBroker) -> None:
        asyncio.get_running_loop().call_soon(responding.set)
        await broker.close(60)

    assert publish_while_closing(close, call)


def test_closing_cancels_deliveries_after_its_time_limit() -> None:
    """Such an event is not accepted, and neither is any later one."""

    async def call(_name: str, _request: FunctionRequest) -> FunctionResponse:
        await asyncio.Event().wait()
        return ACCEPTED

    async def close(broker: LocalBroker) -> None:
        await broker.close(0)
        assert not await broker.publish(EVENT, b"{}")

    assert not publish_while_closing(close, call)
