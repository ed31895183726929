"""A thread pool that publishes claimed events in parallel, so that a slow event does not delay the others."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.runtime.clock import Clock
from functions.chassis.telemetry.logs import get_logger

POOL_THREADS: Final = 32
"""The number of events that are published at the same time. A thread spends most of its time waiting for the broker."""

MAX_QUEUED: Final = timedelta(seconds=10)
"""The time that a claimed event may wait for a thread. It is below the lease, also with the publisher's deadlines."""

log = get_logger(__name__)


class PublishPool:
    """Publishes up to :data:`POOL_THREADS` events at once, and queues as many.

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
        self._threads = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="publish")
        self._accepted = 0
        self._lock = threading.Lock()

    @property
    def free_slots(self) -> int:
        """The number of events to claim now; 0 until no event is queued, so that claims are few and large."""
        return 2 * POOL_THREADS - self._accepted if self._accepted <= POOL_THREADS else 0

    @property
    def is_idle(self) -> bool:
        """Whether no event is queued or being published."""
        return self._accepted == 0

    def submit(self, events: Iterable[Envelope]) -> None:
        """Queue events that were claimed just now. Returns at once."""
        claimed_at = self._clock()
        for event in events:
            with self._lock:
                self._accepted += 1
            self._threads.submit(self._send_or_release, event, claimed_at + MAX_QUEUED)

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
                self._accepted -= 1
                has_changed = not is_sent or self._accepted in {0, POOL_THREADS}
            if has_changed:
                self._on_change()
