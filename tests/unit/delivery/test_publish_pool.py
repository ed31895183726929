"""Tests of publishing events in parallel."""

import threading

from events.encoding import encode_event
from events.envelope import Envelope
from events.task import TaskCreated, TaskDeleted
from functions.delivery.publish_pool import MAX_QUEUED, POOL_THREADS, STALLED_AFTER, PublishPool
from tests.functions import ManualClock
from tests.samples import a_task, an_event


class BlockedPool:
    """A pool that blocks until :meth:`unblock`, and records the published and the released events."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.unblocked = threading.Event()
        self.started = threading.Semaphore(0)
        self.sent: list[Envelope] = []
        self.released: list[Envelope] = []
        self.changes = threading.Semaphore(0)
        self.is_stopping = False
        self.pool = PublishPool(
            send=self.send,
            release=self.released.append,
            on_change=self.changes.release,
            is_stopping=lambda: self.is_stopping,
            clock=self.clock,
        )

    def send(self, event: Envelope) -> bool:
        """Publish an event after :meth:`unblock`."""
        self.started.release()
        self.unblocked.wait(30)
        self.sent.append(event)
        return True

    def unblock(self) -> None:
        """Publish everything, and return when the pool is idle."""
        self.unblocked.set()
        while not self.pool.is_idle:
            assert self.changes.acquire(timeout=30)


def make_events(count: int) -> list[Envelope]:
    """Return ``count`` events with different ids."""
    return [encode_event(an_event(TaskCreated(task=a_task()))) for _ in range(count)]


def test_the_pool_queues_as_many_events_as_it_publishes() -> None:
    """A pool has slots for twice its threads, and no free slot while any event is queued."""
    blocked = BlockedPool()
    assert blocked.pool.free_slots == 2 * POOL_THREADS
    blocked.pool.submit(make_events(POOL_THREADS))
    assert blocked.pool.free_slots == POOL_THREADS
    blocked.pool.submit(make_events(1))
    assert blocked.pool.free_slots == 0
    blocked.unblock()
    assert blocked.pool.free_slots == 2 * POOL_THREADS
    assert len(blocked.sent) == POOL_THREADS + 1


def test_an_event_that_was_queued_too_long_is_released() -> None:
    """The lease of a released event could expire during publishing, so another claim publishes the event."""
    blocked = BlockedPool()
    first, last = make_events(POOL_THREADS), make_events(3)
    blocked.pool.submit(first)
    for _ in first:
        assert blocked.started.acquire(timeout=30)
    blocked.pool.submit(last)
    blocked.clock.now += MAX_QUEUED * 2
    blocked.unblock()
    assert {event.id for event in blocked.released} == {event.id for event in last}


def test_a_stopping_process_releases_queued_events() -> None:
    """An event that is not being published yet is released at once."""
    blocked = BlockedPool()
    blocked.is_stopping = True
    blocked.pool.submit(make_events(5))
    blocked.unblock()
    assert (len(blocked.sent), len(blocked.released)) == (0, 5)


def test_a_hanging_type_leaves_slots_for_other_types() -> None:
    """A type without progress accepts no further events. The other types are published meanwhile."""
    blocked = BlockedPool()
    blocked.pool.submit(make_events(2 * POOL_THREADS))
    assert blocked.pool.free_slots == 0
    blocked.clock.now += STALLED_AFTER * 2
    assert blocked.pool.free_slots == 2 * POOL_THREADS
    more = make_events(3)
    other = encode_event(an_event(TaskDeleted(task=a_task())))
    assert blocked.pool.submit([*more, other]) == more
    for _ in range(POOL_THREADS + 1):
        assert blocked.started.acquire(timeout=30)
    blocked.unblock()
    assert other in blocked.sent
    assert blocked.pool.submit(more) == []
    blocked.unblock()


def test_a_slow_type_with_progress_is_not_stalled() -> None:
    """One finished event shows that the subscribers answer."""
    blocked = BlockedPool()
    events = make_events(POOL_THREADS + 2)
    finished = threading.Event()

    def send(event: Envelope) -> bool:
        if event is not events[0]:
            return blocked.send(event)
        finished.wait(30)
        return False

    blocked.pool._send = send
    blocked.pool.submit(events)
    blocked.clock.now += STALLED_AFTER * 2
    finished.set()
    assert blocked.changes.acquire(timeout=30)
    assert blocked.pool.submit(make_events(1)) == []
    blocked.unblock()


def test_an_unexpected_error_affects_one_event_only() -> None:
    """An event that raises an unexpected error frees its slot, and the others are published."""
    blocked = BlockedPool()
    events = make_events(3)

    def send(event: Envelope) -> bool:
        if event is events[0]:
            raise RuntimeError
        blocked.sent.append(event)
        return True

    blocked.pool._send = send
    blocked.pool.submit(events)
    blocked.unblock()
    assert len(blocked.sent) == 2
