"""The Broker: whom it serves, what each answer means, and what becomes of what nobody takes."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from io import StringIO

import pytest

from events.envelope import MalformedEventError
from knative.function_list import FunctionList
from knative.local.broker import Broker
from knative.local.console import Console
from knative.local.exchange import Answer, Request
from tests.unit.knative.samples import EVENT, TAKEN, Functions, Sleeps, function, function_list

CREATED = [{"type": "todo.TaskCreated"}]
ONE = function_list(function("one", triggers=CREATED))


def publish(
    functions: Functions, sleeps: Sleeps, listed: FunctionList = ONE, changed: Mapping[str, str] = EVENT
) -> bool:
    """Publish an event and return whether the broker took it; ``changed`` are headers that are not the usual."""
    broker = Broker(
        listed, call=functions.call, url_of=lambda name: f"http://{name}", console=Console(StringIO()), sleep=sleeps
    )
    return asyncio.run(broker.publish({**EVENT, **changed}, b"{}"))


def test_every_function_that_hears_an_event_gets_it() -> None:
    """Each matching trigger is served, the others are not."""
    other = [{"type": "todo.TaskDeleted"}]
    listed = function_list(
        function("one", triggers=CREATED), function("two", triggers=CREATED), function("three", triggers=other)
    )
    functions, sleeps = Functions(), Sleeps()
    assert publish(functions, sleeps, listed)
    assert sorted(functions.called) == ["one", "two"]
    assert functions.headers_of("one")["ce-id"] == "1"


def test_an_event_that_nobody_hears_is_taken() -> None:
    """No trigger is no failure."""
    functions = Functions()
    assert publish(functions, Sleeps(), changed={"ce-type": "todo.Other"})
    assert functions.called == []


@pytest.mark.parametrize("answer", [Answer(status) for status in (404, 408, 409, 429, 500, 502, 503)] + ["no answer"])
def test_what_may_pass_is_tried_again_with_doubled_delays(answer: Answer | str) -> None:
    """Four 4xx, every 5xx and silence are worth another try, after 0.5, 1 and 2 seconds."""
    functions, sleeps = Functions(one=[answer, answer, answer, TAKEN]), Sleeps()
    assert publish(functions, sleeps)
    assert functions.called == ["one"] * 4
    assert sleeps.seconds == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 410, 413, 415, 422, 301])
def test_a_refusal_for_good_is_a_dead_letter_at_once(status: int) -> None:
    """Every other answer sends the event to the sink without another try."""
    functions, sleeps = Functions(one=[Answer(status, body=b"never")]), Sleeps()
    assert publish(functions, sleeps)
    assert (functions.called, sleeps.seconds) == (["one", "keep"], [])
    headers = functions.headers_of("keep")
    assert headers["ce-knativeerrordest"] == "http://one"
    assert headers["ce-knativeerrorcode"] == str(status)
    assert b64decode(headers["ce-knativeerrordata"]) == b"never"
    assert headers["ce-id"] == "1"


def test_a_body_in_a_success_is_a_failure() -> None:
    """Knative's brokers take any body for an event to publish, and so must a function here not have one."""
    functions, sleeps = Functions(one=[Answer(200, body=b"OK")]), Sleeps()
    assert publish(functions, sleeps)
    assert functions.called == ["one"] * 4 + ["keep"]
    assert functions.headers_of("keep")["ce-knativeerrorcode"] == "502"


def test_silence_to_the_end_is_a_dead_letter_with_the_reason() -> None:
    """Where there was no answer, the code is Knative's -1 and the data says why."""
    functions = Functions(one=["its process died over it"])
    assert publish(functions, Sleeps())
    headers = functions.headers_of("keep")
    assert headers["ce-knativeerrorcode"] == "-1"
    assert b64decode(headers["ce-knativeerrordata"]) == b"its process died over it"


def test_a_long_refusal_is_cut() -> None:
    """A dead letter's headers stay within what servers accept."""
    functions = Functions(one=[Answer(400, body=b"x" * 100_000)])
    assert publish(functions, Sleeps())
    assert len(b64decode(functions.headers_of("keep")["ce-knativeerrordata"])) == 1024


def test_without_a_sink_the_sender_keeps_the_event() -> None:
    """Where the dead-letter sink fails as well after its tries, the broker does not say yes."""
    functions, sleeps = Functions(one=[Answer(400)], keep=[Answer(503)]), Sleeps()
    assert not publish(functions, sleeps)
    assert functions.called == ["one"] + ["keep"] * 4


def test_a_failure_holds_up_nobody_else() -> None:
    """While one function is tried again, the others have the event already."""
    listed = function_list(function("one", triggers=CREATED), function("two", triggers=CREATED))
    functions = Functions(one=[Answer(503)])
    order: list[str] = []
    assert publish(functions, Sleeps(lambda _: order.append(functions.called[-1])), listed)
    assert functions.called[:2] == ["one", "two"]


def test_a_malformed_event_reaches_nobody() -> None:
    """It is refused, and no function is started for it."""
    functions = Functions()
    with pytest.raises(MalformedEventError):
        publish(functions, Sleeps(), changed={"ce-id": ""})
    assert functions.called == []


def closing(during: Callable[[Broker], Awaitable[None]], call: Callable[[str, Request], Awaitable[Answer]]) -> bool:
    """Publish to a broker that is closed meanwhile."""

    async def run() -> bool:
        broker = Broker(ONE, call=call, url_of=str, console=Console(StringIO()))
        publishing = asyncio.create_task(broker.publish(EVENT, b"{}"))
        await asyncio.sleep(0)
        await during(broker)
        return await publishing

    return asyncio.run(run())


def test_closing_waits_for_what_is_on_its_way() -> None:
    """An event in delivery arrives, and its sender hears so."""
    answering = asyncio.Event()

    async def call(_name: str, _request: Request) -> Answer:
        await answering.wait()
        return TAKEN

    async def during(broker: Broker) -> None:
        asyncio.get_running_loop().call_soon(answering.set)
        await broker.close(60)

    assert closing(during, call)


def test_closing_gives_back_what_does_not_arrive_in_time() -> None:
    """A sender whose event is stuck hears no yes, and so does every sender after it."""

    async def call(_name: str, _request: Request) -> Answer:
        await asyncio.Event().wait()
        return TAKEN

    async def during(broker: Broker) -> None:
        await broker.close(0)
        assert not await broker.publish(EVENT, b"{}")

    assert not closing(during, call)
