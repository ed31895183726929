"""The publisher: a few threads that publish committed events, so that no request waits for the bus."""

import atexit
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from queue import Empty, Full, Queue

from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from events.ids import new_id
from events.ticks import OutboxDue
from functions.chassis.messaging import outbox
from functions.chassis.messaging.event_bus import BusUnavailableError, EventBus
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.context import current_context
from functions.chassis.telemetry.event_spans import trace_publish
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import Span, Tracer

PUBLISHER_THREADS = 4
QUEUE_LIMIT = 1000
TRY_SECONDS = 40.0
"""Time limit of one try. A Broker on the in-memory channel answers only after its own retries."""

RETRY_SECONDS = 20.0
"""No further try starts after this time. RETRY_SECONDS + TRY_SECONDS is less than the lease of an outbox row."""

DRAIN_SECONDS = 20.0

log = get_logger(__name__)


class Publisher:
    """Publishes committed events from a bounded queue with up to ``PUBLISHER_THREADS`` threads.

    An event that cannot be published stays in the outbox, and ``relay-outbox`` publishes it later.
    """

    def __init__(self, database: Database, bus: EventBus, *, service: str, clock: Clock, tracer: Tracer) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._clock = clock
        self._tracer = tracer
        self._queue: Queue[Envelope] = Queue(maxsize=QUEUE_LIMIT)
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._stopping = threading.Event()

    def publish(self, events: Iterable[Envelope]) -> None:
        """Queue committed events whose rows this instance has leased; returns at once."""
        for event in events:
            try:
                self._queue.put_nowait(event)
            except Full:
                break  # the leases of the remaining rows expire, and the relay publishes them
            self._ensure_threads()

    def wake_relay(self, due_at: datetime) -> None:
        """Publish an OutboxDue, so that ``relay-outbox`` runs before the clock's next tick."""
        context = current_context()
        cause = Cause(context.correlation_id or str(new_id()), traceparent=context.traceparent or None)
        event = Event.create(OutboxDue(due_at=due_at), service=self._service, cause=cause, time=self._clock())
        self.publish([encode_event(event)])

    def wait(self) -> None:
        """Return when every queued event has been tried."""
        self._queue.join()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Publish the queued events for ``seconds``, then release the rest so that the relay can claim them."""
        with self._queue.all_tasks_done:  # Queue.join has no timeout, and Python 3.12 starts no thread at exit
            self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, seconds)
        self._stopping.set()
        remaining = list(self._take_all())
        if not remaining:
            return
        try:
            with self._database.transaction() as connection:
                outbox.release_events(connection, [event.id for event in remaining])
        except DatabaseUnavailableError:
            log.warning("events could not be released in the outbox; the relay sends them after their lease expires")

    def send(self, event: Envelope) -> bool:
        """Publish one event now and return whether the bus accepted it.

        An accepted event is deleted from the outbox; a rejected one is postponed. Log lines in between carry the
        event's correlation id, because the request that emitted the event has ended.
        """
        with trace_publish(self._tracer, event, service=self._service, system=self._bus.system) as span:
            try:
                return self._send(event, span)
            except Exception as error:
                log.exception("publishing failed; the event is tried again after its lease expires")
                span.record_error(type(error).__name__)
                return False

    def _send(self, event: Envelope, span: Span) -> bool:
        try:
            self._try_to_publish(event)
        except BusUnavailableError as error:
            log.warning("the bus did not accept an event: %s", error)
            span.record_error(type(error).__name__)
            metrics.record_published_event(event.type, "failed")
            self._update_outbox(event, is_sent=False)
            return False
        metrics.record_published_event(event.type, "sent")
        self._update_outbox(event, is_sent=True)
        return True

    def _try_to_publish(self, event: Envelope) -> None:
        started = time.monotonic()
        try:
            self._bus.publish(event, timeout=TRY_SECONDS)
        except BusUnavailableError as error:
            self._retry_publish(event, error, RETRY_SECONDS - (time.monotonic() - started))

    def _retry_publish(self, event: Envelope, error: BusUnavailableError, seconds: float) -> None:
        """Try again after the first try, which failed with ``error``; no further try starts after ``seconds``."""
        import stamina  # noqa: PLC0415 - imported on use only: it imports asyncio, and most tries succeed

        for attempt in stamina.retry_context(
            on=BusUnavailableError, attempts=4, timeout=max(seconds, 0.0), wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                if attempt.num == 1:
                    raise error
                self._bus.publish(event, timeout=TRY_SECONDS)

    def _update_outbox(self, event: Envelope, *, is_sent: bool) -> None:
        if event.type == OutboxDue.type:
            return  # a wake-up has no row; if it is lost, the relay runs at the next tick
        try:
            with self._database.transaction() as connection:
                if is_sent:
                    outbox.delete_events(connection, [event.id])
                else:
                    outbox.postpone_event(connection, event.id, now=self._clock())
        except DatabaseUnavailableError:
            log.warning("the outbox could not be updated; the event is sent again after its lease expires")

    def _ensure_threads(self) -> None:
        if len(self._threads) >= PUBLISHER_THREADS:
            return
        with self._starting:
            if not self._threads:
                atexit.register(self.drain)
            if len(self._threads) < min(PUBLISHER_THREADS, self._queue.qsize()):
                thread = threading.Thread(target=self._work, name="publisher", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                event = self._queue.get(timeout=1.0)
            except Empty:
                continue
            try:
                self.send(event)
            finally:
                self._queue.task_done()

    def _take_all(self) -> Iterable[Envelope]:
        while True:
            try:
                yield self._queue.get_nowait()
            except Empty:
                return
            self._queue.task_done()
