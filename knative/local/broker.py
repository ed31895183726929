"""The Broker: takes an event, brings it to every trigger that matches, and answers when all are served.

Like Knative's Broker on the in-memory channel it keeps nothing. An event whose sender has the answer was taken by
every function that hears it, or is a dead letter; without the answer the sender still has it.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from events.envelope import Envelope
from events.reader import read_request
from knative.function_list import FunctionList
from knative.local.console import Console
from knative.local.delivery import Failure, Sleep, deliver
from knative.local.exchange import Call
from knative.local.triggers import hearers

ERROR_DATA_LIMIT: Final = 1024
"""How many bytes of a refusal go with a dead letter, as in Knative's dispatcher."""


class Broker:
    """Delivers events; ``url_of`` tells where a function is reached, for the dead letter's sake."""

    def __init__(
        self,
        functions: FunctionList,
        *,
        call: Call,
        url_of: Callable[[str], str],
        console: Console,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._functions = functions
        self._call = call
        self._url_of = url_of
        self._console = console
        self._sleep = sleep
        self._publishing: set[asyncio.Task[bool]] = set()
        self._closed = False

    async def publish(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Deliver the event in a request; False where its sender has to keep it and send it again.

        Raises :class:`events.envelope.MalformedEventError`.
        """
        event = read_request(headers, body)
        if self._closed:
            return False
        task = asyncio.create_task(self._publish(event))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)
        await asyncio.wait({task})
        return not task.cancelled() and task.result()

    async def close(self, drain: float) -> None:
        """Let deliveries finish within ``drain`` seconds, then give the events back to their senders."""
        deadline = time.monotonic() + drain
        while self._publishing and (left := deadline - time.monotonic()) > 0:
            # What a reaction says in turn comes in meanwhile.
            await asyncio.wait(set(self._publishing), timeout=left)
        self._closed = True
        for task in self._publishing:
            task.cancel()

    async def _publish(self, event: Envelope) -> bool:
        functions = hearers(self._functions, event.text_attributes())
        self._console.said(str(event.attributes["source"]).rpartition("/")[2], event.type, len(functions))
        taken = await asyncio.gather(*(self._bring(event, function.name) for function in functions))
        return all(taken)

    async def _bring(self, event: Envelope, to: str) -> bool:
        failure = await self._try(event, to)
        if failure is None:
            return True
        self._console.dead_letter(to, event.type, failure.reason)
        sink = self._functions.broker.delivery.dead_letter_sink
        failure = await self._try(_dead_letter(event, self._url_of(to), failure), sink)
        if failure is None:
            return True
        self._console.lost(sink, event.type, failure.reason)
        return False

    async def _try(self, event: Envelope, to: str) -> Failure | None:
        started = time.perf_counter()
        outcome = await deliver(
            event,
            to,
            call=self._call,
            delays=self._functions.broker.delivery.delays,
            sleep=self._sleep,
            on_retry=lambda failure, wait: self._console.retried(to, event.type, failure.reason, wait),
        )
        if isinstance(outcome, Failure):
            return outcome
        self._console.heard(to, event.type, time.perf_counter() - started)
        return None


def _dead_letter(event: Envelope, destination: str, failure: Failure) -> Envelope:
    """Return the event with the extensions that Knative's dispatcher adds for a dead-letter sink."""
    extensions = {
        "knativeerrordest": destination,
        "knativeerrorcode": "-1" if failure.status is None else str(int(failure.status)),
        "knativeerrordata": b64encode((failure.body or failure.reason.encode())[:ERROR_DATA_LIMIT]).decode(),
    }
    return replace(event, attributes={**event.attributes, **extensions})
