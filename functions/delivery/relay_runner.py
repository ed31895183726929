"""Runs an instance's relay within HTTP requests, because Knative may stop an instance that has no open request."""

import atexit
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from functions.chassis.adapters import open_event_bus
from functions.chassis.instance import Instance
from functions.chassis.messaging import outbox
from functions.chassis.messaging.event_sender import EventSender
from functions.chassis.messaging.row_sender import RowSender
from functions.delivery.event_routes import Subscription
from functions.delivery.function_waker import FunctionWaker
from functions.delivery.publish_pool import POOL_THREADS
from functions.delivery.relay import Relay
from functions.delivery.self_request import SelfRequest

MAX_HELD: Final = timedelta(seconds=55)
"""The time that a run holds its request open at most; below the function's time limit."""

HOLD_PATH: Final = "/hold"
"""The path of the request that an instance sends to itself."""


class RelayRunner:
    """The relay of an instance, and the request of the instance to itself that holds the instance alive.

    The relay wakes functions according to ``subscriptions``.
    """

    def __init__(
        self, instance: Instance, *, subscriptions: Sequence[Subscription], is_stopping: Callable[[], bool]
    ) -> None:
        settings = instance.settings
        bus = open_event_bus(settings.event_bus_url, connections=POOL_THREADS)
        sender = EventSender(bus, service=settings.service_name, tracer=instance.tracer)
        rows = RowSender(instance.database, sender, clock=instance.clock)
        atexit.register(rows.close)  # a run that is stopped does not wait for the events that are being sent
        waker = FunctionWaker(instance.database, subscriptions, url_of=settings.url_of, clock=instance.clock)
        self.relay = Relay(
            instance.database,
            send=rows.send,
            flush=rows.flush,
            clock=instance.clock,
            is_stopping=is_stopping,
            waker=waker,
        )
        self.self_request = SelfRequest(settings.url_of(settings.service_name) + HOLD_PATH, fallback=self.run)
        self._instance = instance
        self._is_stopping = is_stopping

    def start(self) -> None:
        """Start a run in a request of the instance to itself, or wake the run in progress. Returns at once."""
        self.relay.wake()
        self.self_request.start()

    def run(self) -> int | None:
        """Publish events when they are due, while one is due before the clock's next tick, for up to 55 seconds.

        Returns the seconds until the next event is due, at most 3600. Returns None if another run is in progress, or
        if an event is due before the next tick; another request or another instance then continues.
        """
        next_due = self.relay.run(self._instance.clock() + MAX_HELD)
        if next_due is None:
            return None
        now = self._instance.clock()
        if next_due > now + outbox.MAX_TICK_INTERVAL:
            return int((next_due - now).total_seconds())
        if self._is_stopping():
            self._instance.publisher.wake_relay(next_due)  # another instance continues
        else:
            self.self_request.start()
        return None
