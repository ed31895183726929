"""Thread pools that publish claimed events in parallel, so that a slow event does not delay the others."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.runtime.clock import Clock
from functions.chassis.telemetry.logs import get_logger

POOL_THREADS: Final = 32
"""The number of events of a type that are published at the same time. A thread mostly waits for the broker."""

MAX_QUEUED: Final = timedelta(seconds=10)
"""The time that a claimed event may wait for a thread. It is below the lease, also with the publisher's deadlines."""

STALLED_AFTER: Final = timedelta(seconds=2)
"""A type is stalled if all of its threads are busy and none of them has finished an event for this long."""

log = get_logger(__name__)


class PublishPool:
    """Publishes up to :data:`POOL_THREADS` events of each type at once, and queues as many.

    A broker may answer only after every subscriber has, and a type of events has subscribers of its own. So a
    subscriber that hangs stalls its types, and the other types have threads and slots of their own.

    ``send`` publishes an event and returns whether it was published. ``release`` gets an event that was not sent,
    because the event waited longer than :data:`MAX_QUEUED` or because ``is_stopping`` returned True.

    ``on_change`` is called when slots become free, when the last event is done, and when an event was not published
    (the outbox then has a new due time for it).
    """

    def __init__(
        self,
        *,
        send: Callable[[Envelope], bool],
        release: Callable[[Envelope], None],
        on_change: Callable[[], None],
        is_stopping: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._send = send
        self._release = release
        self._on_change = on_change
        self._is_stopping = is_stopping
        self._clock = clock
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._accepted: Counter[str] = Counter()
        self._progress_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    @property
    def free_slots(self) -> int:
        """The number of events to claim now; 0 until no event is queued, so that claims are few and large."""
        with self._lock:
            moving = self._count_moving()
        return 2 * POOL_THREADS - moving if moving <= POOL_THREADS else 0

    @property
    def is_idle(self) -> bool:
        """Whether no event is queued or being published."""
        return self._accepted.total() == 0

    def submit(self, events: Iterable[Envelope]) -> list[Envelope]:
        """Queue events that were claimed just now. Returns at once, with the events whose type is stalled."""
        claimed_at = self._clock()
        rejected = []
        for event in events:
            with self._lock:
                if self._is_stalled(event.type, claimed_at):
                    rejected.append(event)
                    continue
                if self._accepted[event.type] < POOL_THREADS:
                    self._progress_at[event.type] = claimed_at
                self._accepted[event.type] += 1
                if event.type not in self._threads:
                    self._threads[event.type] = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="publish")
            self._threads[event.type].submit(self._send_or_release, event, claimed_at + MAX_QUEUED)
        return rejected

    def _send_or_release(self, event: Envelope, latest_start: datetime) -> None:
        is_sent = False
        try:
            if self._is_stopping() or self._clock() > latest_start:
                self._release(event)
            else:
                is_sent = self._send(event)
        except Exception:
            log.exception("publishing failed; the event is sent again after its lease has expired")
        finally:
            with self._lock:
                was_stalled = self._is_stalled(event.type, self._clock())
                self._progress_at[event.type] = self._clock()
                self._accepted[event.type] -= 1
                has_changed = not is_sent or was_stalled or self._count_moving() in {0, POOL_THREADS}
            if has_changed:
                self._on_change()

    def _is_stalled(self, event_type: str, now: datetime) -> bool:
        is_full = self._accepted[event_type] >= POOL_THREADS
        return is_full and now - self._progress_at[event_type] > STALLED_AFTER

    def _count_moving(self) -> int:
        """Return the number of accepted events whose type is not stalled."""
        now = self._clock()
        return sum(count for event_type, count in self._accepted.items() if not self._is_stalled(event_type, now))
