"""Tests of the time that the sender of events spends on a bus that does not accept an event."""

import pytest

from events.encoding import encode_event
from events.envelope import Envelope
from events.task import TaskCreated
from functions.chassis.adapters import open_tracer
from functions.chassis.messaging.event_bus import BusUnavailableError
from functions.chassis.messaging.event_sender import EventSender
from tests.samples import a_task, an_event


class FailingBus:
    """A bus whose tries last ``seconds`` and fail. ``now`` is the time after the last try, ``tries`` their number."""

    system = "knative"

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self.tries = 0
        self._seconds = seconds

    def publish(self, event: Envelope, *, timeout: float) -> None:
        """Fail after the time of a try, at most ``timeout``."""
        self.tries += 1
        self.now += min(self._seconds, timeout)
        raise BusUnavailableError(event.id)


@pytest.mark.parametrize(("seconds", "tries"), [(60.0, 1), (0.0, 4)])
def test_no_try_starts_late(seconds: float, tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tries of an event end before its lease does, also if the bus hangs until the time limit of each."""
    bus = FailingBus(seconds)
    monkeypatch.setattr("functions.chassis.messaging.event_sender.monotonic", lambda: bus.now)
    monkeypatch.setattr("time.sleep", lambda _: None)
    sender = EventSender(bus, service="tasks", tracer=open_tracer(None, service="tasks", environment="development"))
    assert sender.send(encode_event(an_event(TaskCreated(task=a_task())))) is False
    assert bus.tries == tries
