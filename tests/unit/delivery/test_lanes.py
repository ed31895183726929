"""Publishing side by side."""

import threading

from events.encoding import encode_event
from events.envelope import Envelope
from events.task import TaskCreated
from functions.delivery.lanes import LANES, PATIENCE, Lanes
from tests.functions import ManualClock
from tests.samples import a_task, an_event


class Harness:
    """Lanes whose sending is held up until it is let go."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.sent: list[Envelope] = []
        self.given_back: list[Envelope] = []
        self.changes = threading.Semaphore(0)
        self.stopping = False
        self.lanes = Lanes(
            send=self.send,
            give_back=self.given_back.append,
            changed=self.changes.release,
            stopping=lambda: self.stopping,
            clock=self.clock,
        )

    def send(self, event: Envelope) -> bool:
        """Publish when it is let go."""
        self.begun.release()
        self.go.wait(30)
        self.sent.append(event)
        return True

    def finish(self) -> None:
        """Let go, and wait until nothing is on its way."""
        self.go.set()
        while not self.lanes.idle:
            assert self.changes.acquire(timeout=30)


def some_events(count: int) -> list[Envelope]:
    """Return so many events."""
    return [encode_event(an_event(TaskCreated(task=a_task()))) for _ in range(count)]


def test_as_many_wait_as_are_on_their_way_and_no_more() -> None:
    """There is room for twice the lanes, and none again before half of it is free."""
    harness = Harness()
    assert harness.lanes.room == 2 * LANES
    harness.lanes.take(some_events(LANES))
    assert harness.lanes.room == LANES
    harness.lanes.take(some_events(1))
    assert harness.lanes.room == 0
    harness.finish()
    assert harness.lanes.room == 2 * LANES
    assert len(harness.sent) == LANES + 1


def test_what_waited_too_long_is_given_back() -> None:
    """An event whose lease may end while it is published is left to whoever claims it next."""
    harness = Harness()
    first, last = some_events(LANES), some_events(3)
    harness.lanes.take(first)
    for _ in first:
        assert harness.begun.acquire(timeout=30)
    harness.lanes.take(last)
    harness.clock.now += PATIENCE * 2
    harness.finish()
    assert {event.id for event in harness.given_back} == {event.id for event in last}


def test_nothing_more_is_published_once_the_process_is_to_stop() -> None:
    """What was not yet on its way is given back at once."""
    harness = Harness()
    harness.stopping = True
    harness.lanes.take(some_events(5))
    harness.finish()
    assert (len(harness.sent), len(harness.given_back)) == (0, 5)


def test_a_defect_in_one_lane_stops_no_other() -> None:
    """An event that cannot be sent for a reason nobody thought of frees its lane."""
    harness = Harness()
    events = some_events(3)

    def send(event: Envelope) -> bool:
        if event is events[0]:
            raise RuntimeError
        harness.sent.append(event)
        return True

    harness.lanes._send = send
    harness.lanes.take(events)
    harness.finish()
    assert len(harness.sent) == 2
