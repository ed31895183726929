"""A relay whose waiting moves the clock, and an outbox to fill."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
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

GRACE_SECONDS = 0.005


@pytest.fixture(autouse=True)
def waits(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of every relay, in seconds: what is under way gets its turn, then the clock moves on."""
    waited: list[float] = []

    def pause(changed: threading.Condition, seconds: float) -> None:
        if not changed.wait(GRACE_SECONDS):
            waited.append(seconds)
            clock.forward(seconds=seconds)

    monkeypatch.setattr("functions.delivery.relay.pause", pause)
    return waited


class Timer:
    """The relay's instance, its outbox, and what relays of the test's own published, with the time of each."""

    def __init__(self, under_test: FunctionUnderTest) -> None:
        self.under_test = under_test
        self.clock = under_test.clock
        self.instance: Instance = under_test.instance
        self.published: list[tuple[datetime, str]] = []
        self.stopping = False

    def put(self, *after: float) -> list[str]:
        """Leave an event for each of so many seconds after noon, as a function would; return their ids."""
        events = [
            (encode_event(an_event(ReminderDue(reminder=a_reminder()))), NOON + timedelta(seconds=some))
            for some in after
        ]
        with self.instance.database.transaction() as connection:
            for start in range(0, len(events), 500):
                outbox.put(connection, events[start : start + 500], now=self.clock.now)
        return [event.id for event, _ in events]

    def rows(self) -> list[dict[str, Any]]:
        """Return what is left in the outbox."""
        return self.under_test.database.rows("SELECT * FROM delivery.outbox ORDER BY due_at, id")

    def remove(self, event: Envelope) -> bool:
        """Publish an event, and take it from the outbox."""
        self.published.append((self.clock.now, event.id))
        with self.instance.database.transaction() as connection:
            outbox.remove(connection, [event.id])
        return True

    def relay(self, send: Callable[[Envelope], bool] | None = None) -> Relay:
        """Return a relay of the test's own."""
        return Relay(self.instance.database, send=send or self.remove, clock=self.clock, stopping=lambda: self.stopping)

    def lateness(self, due: Sequence[str]) -> list[float]:
        """Return how many seconds after noon each event was published."""
        at = {event_id: (moment - NOON).total_seconds() for moment, event_id in self.published}
        return [at[event_id] for event_id in due]

    def withdraw(self, event_id: str) -> bool:
        """Take an event back, as a function would."""
        with self.instance.database.transaction() as connection:
            return outbox.withdraw(connection, UUID(event_id), now=self.clock.now)


@pytest.fixture
def timer(function: Load) -> Timer:
    """A relay to test, at noon, with an empty outbox."""
    return Timer(function("relay-outbox"))
