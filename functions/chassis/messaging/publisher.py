"""The publisher: a few threads that publish committed events, so that no request waits for the bus."""

import atexit
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from events.ids import new_id
from events.ticks import OutboxDue
from functions.chassis.messaging.row_sender import RowSender
from functions.chassis.runtime.clock import Clock
from functions.chassis.telemetry.context import current_context
from functions.chassis.telemetry.logs import get_logger

PUBLISHER_THREADS: Final = 4
QUEUE_LIMIT: Final = 1000
"""An instance with so many queued events leaves further ones to the relay."""

DRAIN_SECONDS: Final = 20.0

WAKE_INTERVAL: Final = timedelta(seconds=1)
"""How long a wake-up of the relay also counts for events that are due later. The relay may end its run meanwhile."""

log = get_logger(__name__)


class _Queued(NamedTuple):
    """An event in the queue. ``leased_at`` is the beginning of its row's lease, or None without a row."""

    event: Envelope
    leased_at: datetime | None


class Publisher:
    """Publishes committed events from a queue with up to ``PUBLISHER_THREADS`` threads.

    An event that cannot be published stays in the outbox, and ``relay-outbox`` publishes it later.
    """

    def __init__(self, rows: RowSender, *, service: str, clock: Clock) -> None:
        self._rows = rows
        self._service = service
        self._clock = clock
        self._queue: deque[_Queued] = deque()
        self._unfinished = 0
        lock = threading.Lock()
        self._queued = threading.Condition(lock)
        self._finished = threading.Condition(lock)
        self._threads: list[threading.Thread] = []
        self._is_stopping = False
        self._is_wake_up_queued = False
        self._woken_at: datetime | None = None
        self._woken_for: datetime | None = None

    @property
    def free_slots(self) -> int:
        """The number of events that :meth:`publish` can take now. An event beyond gets no lease in the outbox."""
        return 0 if self._is_stopping else max(QUEUE_LIMIT - len(self._queue), 0)

    def publish(self, events: Iterable[Envelope], *, leased_at: datetime) -> None:
        """Queue committed events whose rows this instance has leased; returns at once."""
        with self._queued:
            for event in events:
                self._put(_Queued(event, leased_at))

    def wake_relay(self, due_at: datetime) -> None:
        """Publish an OutboxDue, so that ``relay-outbox`` runs before the clock's next tick.

        A wake-up that is still queued is enough, because it is sent after the commit of these rows too. So is one that
        was queued within :data:`WAKE_INTERVAL` for an earlier moment that has not come: the relay waits for it.
        """
        now = self._clock()
        with self._queued:
            if not self._is_wake_up_queued and not self._is_relay_waiting(due_at, now):
                self._is_wake_up_queued, self._woken_at, self._woken_for = True, now, due_at
                self._put(_Queued(self._make_wake_up(due_at), None), is_urgent=True)

    def wait(self) -> None:
        """Return when every queued event has been tried, and the rows of those that were sent are deleted."""
        with self._finished:
            self._finished.wait_for(lambda: not self._unfinished)
        self._rows.flush()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Publish the queued events for ``seconds``, then release the rest and wake the relay, which claims them."""
        with self._finished:
            self._finished.wait_for(lambda: not (self._unfinished and self._threads), seconds)
            self._is_stopping = True
            remaining = [queued.event for queued in self._queue if queued.leased_at]
            must_wake_relay = len(remaining) < len(self._queue)
            self._unfinished -= len(self._queue)
            self._queue.clear()
            self._queued.notify_all()
        self._rows.close()
        if remaining:
            must_wake_relay |= self._rows.release(remaining)
        if must_wake_relay:
            self._rows.send_without_row(self._make_wake_up(self._clock()))

    def _is_relay_waiting(self, due_at: datetime, now: datetime) -> bool:
        if self._woken_at is None or self._woken_for is None:
            return False
        return now - self._woken_at < WAKE_INTERVAL and now < self._woken_for <= due_at

    def _put(self, queued: _Queued, *, is_urgent: bool = False) -> None:
        """Queue an event. The caller holds the lock."""
        if is_urgent:
            self._queue.appendleft(queued)
        else:
            self._queue.append(queued)
        self._unfinished += 1
        if len(self._threads) < min(PUBLISHER_THREADS, len(self._queue)):
            self._start_thread()
        self._queued.notify()

    def _start_thread(self) -> None:
        if not self._threads:
            atexit.register(self.drain)
        thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        with suppress(RuntimeError):  # Python 3.12 starts no thread at exit; the other threads or drain() go on
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while True:
            with self._queued:
                self._queued.wait_for(lambda: self._queue or self._is_stopping)
                if self._is_stopping:
                    return
                queued = self._queue.popleft()
                if not queued.leased_at:
                    self._is_wake_up_queued = False
            try:
                self._send(queued)
            except Exception:
                log.exception("publishing failed; the relay sends the event after its lease expires")
            finally:
                with self._finished:
                    self._unfinished -= 1
                    if not self._unfinished:
                        self._finished.notify_all()

    def _send(self, queued: _Queued) -> None:
        if queued.leased_at:
            if self._rows.keep_lease(queued.event, queued.leased_at):
                self._rows.send(queued.event)
        elif not self._rows.send_without_row(queued.event):
            self._woken_at = None  # the next event that is due soon tries again

    def _make_wake_up(self, due_at: datetime) -> Envelope:
        context = current_context()
        cause = Cause(context.correlation_id or str(new_id()), traceparent=context.traceparent or None)
        wake_up = Event.create(OutboxDue(due_at=due_at), service=self._service, cause=cause, time=self._clock())
        return encode_event(wake_up)
