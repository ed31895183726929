"""The publisher: a few threads that publish committed events, so that no request waits for the bus."""

import atexit
import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from events.ids import new_id
from events.ticks import OutboxDue
from functions.chassis.messaging.row_sender import RowSender
from functions.chassis.runtime.clock import Clock
from functions.chassis.telemetry.context import current_context

PUBLISHER_THREADS: Final = 4
QUEUE_LIMIT: Final = 1000
"""An instance with so many queued events leaves further ones to the relay."""

DRAIN_SECONDS: Final = 20.0


class Publisher:
    """Publishes committed events from a queue with up to ``PUBLISHER_THREADS`` threads.

    An event that cannot be published stays in the outbox, and ``relay-outbox`` publishes it later.
    """

    def __init__(self, rows: RowSender, *, service: str, clock: Clock) -> None:
        self._rows = rows
        self._service = service
        self._clock = clock
        self._queue: deque[Envelope] = deque()
        self._unfinished = 0
        lock = threading.Lock()
        self._queued = threading.Condition(lock)
        self._finished = threading.Condition(lock)
        self._threads: list[threading.Thread] = []
        self._is_stopping = False
        self._relay_woken_for: datetime | None = None

    @property
    def free_slots(self) -> int:
        """The number of events that :meth:`publish` can take now. An event beyond gets no lease in the outbox."""
        return 0 if self._is_stopping else max(QUEUE_LIMIT - len(self._queue), 0)

    def publish(self, events: Iterable[Envelope]) -> None:
        """Queue committed events whose rows this instance has leased; returns at once."""
        for event in events:
            self._put(event)

    def wake_relay(self, due_at: datetime) -> None:
        """Publish an OutboxDue, so that ``relay-outbox`` runs before the clock's next tick.

        One wake-up is enough until its moment: at that moment the relay looks for further rows.
        """
        woken_for, now = self._relay_woken_for, self._clock()
        if woken_for is not None and now < woken_for <= due_at:
            return
        self._relay_woken_for = due_at
        self._put(self._make_wake_up(due_at), is_urgent=True)

    def wait(self) -> None:
        """Return when every queued event has been tried, and the rows of those that were sent are deleted."""
        with self._finished:
            self._finished.wait_for(lambda: not self._unfinished)
        self._rows.flush()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Publish the queued events for ``seconds``, then release the rest and wake the relay, which claims them."""
        with self._finished:  # Python 3.12 starts no thread at exit
            self._finished.wait_for(lambda: not self._unfinished, seconds)
            self._is_stopping = True
            remaining = [event for event in self._queue if event.type != OutboxDue.type]
            self._unfinished -= len(self._queue)
            self._queue.clear()
            self._queued.notify_all()
        self._rows.close()
        if remaining and self._rows.release(remaining):
            self._rows.send_without_row(self._make_wake_up(self._clock()))

    def _put(self, event: Envelope, *, is_urgent: bool = False) -> None:
        with self._queued:
            if is_urgent:
                self._queue.appendleft(event)
            else:
                self._queue.append(event)
            self._unfinished += 1
            if len(self._threads) < min(PUBLISHER_THREADS, len(self._queue)):
                self._start_thread()
            self._queued.notify()

    def _start_thread(self) -> None:
        if not self._threads:
            atexit.register(self.drain)
        thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            with self._queued:
                self._queued.wait_for(lambda: self._queue or self._is_stopping)
                if self._is_stopping:
                    return
                event = self._queue.popleft()
            try:
                self._send(event)
            finally:
                with self._finished:
                    self._unfinished -= 1
                    if not self._unfinished:
                        self._finished.notify_all()

    def _send(self, event: Envelope) -> None:
        if event.type != OutboxDue.type:
            self._rows.send(event)
        elif not self._rows.send_without_row(event):
            self._relay_woken_for = None  # the next event that is due soon tries again

    def _make_wake_up(self, due_at: datetime) -> Envelope:
        context = current_context()
        cause = Cause(context.correlation_id or str(new_id()), traceparent=context.traceparent or None)
        wake_up = Event.create(OutboxDue(due_at=due_at), service=self._service, cause=cause, time=self._clock())
        return encode_event(wake_up)
