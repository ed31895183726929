"""The Broker of the laptop: it delivers each event to all subscribers before it responds to the publisher.

Like Knative's Broker on the in-memory channel, it stores no events. A publisher that gets 202 may delete its copy,
because every subscriber or the dead-letter sink has accepted the event. Otherwise it sends the event again later.
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
from knative.local.event_delivery import DeliveryFailure, Sleep, deliver_event, encode_delivery
from knative.local.function_call import CallFunction, FunctionRequest
from knative.local.trigger_matching import TriggerTable

ERROR_DATA_LIMIT: Final = 1024
"""Bytes of a failed response that a dead letter contains, as in Knative's dispatcher."""


class LocalBroker:
    """Delivers events to functions through ``call``. ``url_of`` returns the URL of a function, for its dead letters."""

    def __init__(
        self,
        functions: FunctionList,
        *,
        call: CallFunction,
        url_of: Callable[[str], str],
        console: Console,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._delivery = functions.broker.delivery
        self._delays = self._delivery.delays
        self._triggers = TriggerTable(functions)
        self._call = call
        self._url_of = url_of
        self._console = console
        self._sleep = sleep
        self._publishing: set[asyncio.Task[bool]] = set()
        self._closed = False

    async def publish(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Deliver the event in a request. Return False if the publisher must send the event again.

        Raises :class:`events.envelope.MalformedEventError`.
        """
        event = read_request(headers, body)
        request = encode_delivery(event)
        if self._closed:
            return False
        task = asyncio.create_task(self._publish(event, request))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)
        await asyncio.wait({task})
        return not task.cancelled() and task.result()

    async def close(self, drain: float) -> None:
        """Let deliveries finish for ``drain`` seconds, then cancel them and accept no further events."""
        deadline = time.monotonic() + drain
        while self._publishing and (left := deadline - time.monotonic()) > 0:
            # A reaction may publish further events meanwhile. The next round waits for these as well.
            await asyncio.wait(set(self._publishing), timeout=left)
        self._closed = True
        for task in self._publishing:
            task.cancel()

    async def _publish(self, event: Envelope, request: FunctionRequest) -> bool:
        subscribers = self._triggers.find_subscribers(event.text_attributes())
        source = str(event.attributes["source"]).rpartition("/")[2]
        self._console.show_event(source, event.type, len(subscribers))
        accepted = await asyncio.gather(*(self._deliver(event, request, name) for name in subscribers))
        return all(accepted)

    async def _deliver(self, event: Envelope, request: FunctionRequest, subscriber: str) -> bool:
        """Return whether the subscriber or the dead-letter sink has accepted the event."""
        failure = await self._attempt(event.type, request, subscriber)
        if failure is None:
            return True
        self._console.show_dead_letter(subscriber, event.type, failure.reason)
        sink = self._delivery.dead_letter_sink
        dead_letter = _dead_letter(event, self._url_of(subscriber), failure)
        failure = await self._attempt(event.type, encode_delivery(dead_letter), sink)
        if failure is None:
            return True
        self._console.show_undelivered(sink, event.type, failure.reason)
        return False

    async def _attempt(self, event_type: str, request: FunctionRequest, function: str) -> DeliveryFailure | None:
        started = time.perf_counter()
        outcome = await deliver_event(
            request,
            function,
            call=self._call,
            delays=self._delays,
            sleep=self._sleep,
            on_retry=lambda failure, wait: self._console.show_retry(function, event_type, failure.reason, wait),
        )
        if isinstance(outcome, DeliveryFailure):
            return outcome
        self._console.show_handled(function, event_type, time.perf_counter() - started)
        return None


def _dead_letter(event: Envelope, destination: str, failure: DeliveryFailure) -> Envelope:
    """Return the event with the extension attributes that Knative's dispatcher adds for a dead-letter sink."""
    extensions = {
        "knativeerrordest": destination,
        "knativeerrorcode": "-1" if failure.status is None else str(int(failure.status)),
        "knativeerrordata": b64encode((failure.body or failure.reason.encode())[:ERROR_DATA_LIMIT]).decode(),
    }
    return replace(event, attributes={**event.attributes, **extensions})
