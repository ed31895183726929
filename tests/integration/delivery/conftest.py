"""Fixtures for the tests of delivery: a relay that moves the clock instead of waiting, and dead-letter functions."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Condition
from typing import Any
from uuid import UUID

import pytest

from events.encoding import encode_event
from events.envelope import Envelope
from events.reminder import ReminderDue
from functions.chassis.instance import Instance
from functions.chassis.messaging import outbox
from functions.delivery.relay import Relay
from tests.functions import FunctionUnderTest, Load, ManualClock
from tests.samples import NOON, a_reminder, an_event

RUN_LIMIT = timedelta(seconds=55)
"""How long a run of a relay may last."""

GRACE_SECONDS = 0.005


@pytest.fixture(autouse=True)
def waits(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of every relay in seconds. A wait gives other threads a moment, then moves the clock."""
    waits: list[float] = []

    class ClockCondition(Condition):
        """A condition that moves the clock instead of waiting."""

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            is_notified = super().wait(GRACE_SECONDS)
            if not is_notified:
                waits.append(timeout)
                clock.forward(seconds=timeout)
            return is_notified

    monkeypatch.setattr("functions.delivery.relay.Condition", ClockCondition)
    return waits


class RelayUnderTest:
    """The function `relay-outbox`, its outbox, and the events that relays of the test published, with their times."""

    def __init__(self, function: FunctionUnderTest) -> None:
        self.function = function
        self.clock = function.clock
        self.instance: Instance = function.instance
        self.published: list[tuple[datetime, str]] = []
        self.is_stopping = False

    def store_events(self, *seconds: float, user_id: str = "alice") -> list[str]:
        """Store an event that is due at each of these seconds after noon, and return the events' ids."""
        reminder = a_reminder(user_id=user_id)
        events = [
            (encode_event(an_event(ReminderDue(reminder=reminder))), NOON + timedelta(seconds=second))
            for second in seconds
        ]
        leased = {event.id for event, due_at in events if due_at <= self.clock.now}
        with self.instance.database.transaction() as connection:
            for start in range(0, len(events), 500):
                outbox.store_events(connection, events[start : start + 500], leased=leased, now=self.clock.now)
        return [event.id for event, _ in events]

    def outbox_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the outbox, soonest first."""
        return self.function.database.rows("SELECT * FROM delivery.outbox ORDER BY due_at, id")

    def publish(self, event: Envelope) -> bool:
        """Record an event as published, and delete its row."""
        self.published.append((self.clock.now, event.id))
        outbox.delete_events(self.instance.database, [event.id])
        return True

    def make_relay(self, send: Callable[[Envelope], bool] | None = None) -> Relay:
        """Return a relay that sends events with ``send``, or records them in :attr:`published`."""
        return Relay(
            self.instance.database,
            send=send or self.publish,
            clock=self.clock,
            is_stopping=lambda: self.is_stopping,
        )

    def run_two_relays(self) -> None:
        """Run two relays at the same time."""
        relays = [self.make_relay(), self.make_relay()]
        threads = [threading.Thread(target=relay.run, args=(self.clock.now + RUN_LIMIT,)) for relay in relays]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def published_seconds(self, event_ids: Sequence[str]) -> list[float]:
        """Return how many seconds after noon each event was published."""
        times = {event_id: (moment - NOON).total_seconds() for moment, event_id in self.published}
        return [times[event_id] for event_id in event_ids]

    def withdraw_event(self, event_id: str) -> bool:
        """Withdraw an event from the outbox, as a function does."""
        with self.instance.database.transaction() as connection:
            return outbox.withdraw_event(connection, UUID(event_id), now=self.clock.now).count > 0


@pytest.fixture
def under_test(function: Load) -> RelayUnderTest:
    """A relay with an empty outbox, at noon."""
    return RelayUnderTest(function("relay-outbox"))


@pytest.fixture
def sink(function: Load) -> FunctionUnderTest:
    """The function `keep-dead-letter`, which is the Broker's dead-letter sink."""
    return function("keep-dead-letter")


@pytest.fixture
def delivery(sink: FunctionUnderTest, function: Load) -> FunctionUnderTest:
    """The HTTP function `delivery`, on the database of the sink."""
    assert sink
    return function("delivery")
