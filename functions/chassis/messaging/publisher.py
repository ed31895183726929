"""Publishing, which is never in a request: a few threads send what was committed, and take it from the outbox."""

import atexit
import threading
from collections.abc import Iterable
from datetime import datetime
from queue import Empty, Full, Queue

import stamina
import urllib3.util  # noqa: F401 - imported before the threads start, so that they do not contend for it

from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from events.ids import new_id
from events.ticks import OutboxDue
from functions.chassis.messaging import outbox
from functions.chassis.messaging.event_bus import BusUnavailableError, EventBus
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry import context, metrics
from functions.chassis.telemetry.event_spans import publishing
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import Span, Tracer

THREADS = 4
WAITING_LIMIT = 1000
TRY_SECONDS = 40.0
"""How long one try may take: a broker on the in-memory channel answers after its retries."""

RETRY_SECONDS = 20.0
"""After how long no further try begins. Together with TRY_SECONDS it stays below the outbox's lease."""

DRAIN_SECONDS = 20.0

log = get_logger(__name__)


class Publisher:
    """Sends committed events, a few at a time. What it cannot send stays in the outbox for ``relay-outbox``."""

    def __init__(self, database: Database, bus: EventBus, *, service: str, clock: Clock, tracer: Tracer) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._clock = clock
        self._tracer = tracer
        self._waiting: Queue[Envelope] = Queue(maxsize=WAITING_LIMIT)
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._stopping = threading.Event()

    def publish(self, events: Iterable[Envelope]) -> None:
        """Queue committed events whose rows this instance holds; returns at once."""
        for event in events:
            try:
                self._waiting.put_nowait(event)
            except Full:
                break  # the rows' lease runs out, and the relay sends them
            self._ensure_threads()

    def wake_relay(self, due_at: datetime) -> None:
        """Tell ``relay-outbox`` that something falls due before the clock's next tick."""
        because = context.current()
        cause = Cause(because.correlation_id or str(new_id()), traceparent=because.traceparent or None)
        event = Event.create(OutboxDue(due_at=due_at), service=self._service, cause=cause, time=self._clock())
        self.publish([encode_event(event)])

    def wait(self) -> None:
        """Return when everything queued so far was tried."""
        self._waiting.join()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Finish what is queued within ``seconds``, then release the rest, so that the relay need not wait."""
        finished = threading.Thread(target=self._waiting.join, daemon=True)
        finished.start()
        finished.join(seconds)
        self._stopping.set()
        left = list(self._take_all())
        if not left:
            return
        try:
            with self._database.transaction() as connection:
                outbox.release(connection, [event.id for event in left])
        except DatabaseUnavailableError:
            log.warning("the outbox could not be told of what is left; its leases run out and the relay sends it")

    def send(self, event: Envelope) -> bool:
        """Publish one event now and take it from the outbox; where the bus refuses, put it off. True if it is out.

        Whatever is logged meanwhile is part of the event's story, as the request that it comes from is long over.
        """
        with publishing(self._tracer, event, service=self._service, system=self._bus.system) as span:
            try:
                return self._send(event, span)
            except Exception as error:
                log.exception("publishing failed; the event's lease runs out and it is tried again")
                span.fail(type(error).__name__)
                return False

    def _send(self, event: Envelope, span: Span) -> bool:
        try:
            self._try(event)
        except BusUnavailableError as error:
            log.warning("the bus did not take an event: %s", error)
            span.fail(type(error).__name__)
            metrics.published(event.type, "failed")
            self._settle(event, sent=False)
            return False
        metrics.published(event.type, "sent")
        self._settle(event, sent=True)
        return True

    def _try(self, event: Envelope) -> None:
        for attempt in stamina.retry_context(
            on=BusUnavailableError, attempts=4, timeout=RETRY_SECONDS, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                self._bus.publish(event, timeout=TRY_SECONDS)

    def _settle(self, event: Envelope, *, sent: bool) -> None:
        if event.type == OutboxDue.type:
            return  # a wake-up has no row: where it is lost, the next tick does
        try:
            with self._database.transaction() as connection:
                if sent:
                    outbox.remove(connection, [event.id])
                else:
                    outbox.postpone(connection, event.id, now=self._clock())
        except DatabaseUnavailableError:
            log.warning("the outbox could not be told of an event; its lease runs out and it is sent again")

    def _ensure_threads(self) -> None:
        if len(self._threads) >= THREADS:
            return
        with self._starting:
            if not self._threads:
                atexit.register(self.drain)
            if len(self._threads) < min(THREADS, self._waiting.qsize()):
                thread = threading.Thread(target=self._work, name="publisher", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                event = self._waiting.get(timeout=1.0)
            except Empty:
                continue
            try:
                self.send(event)
            finally:
                self._waiting.task_done()

    def _take_all(self) -> Iterable[Envelope]:
        while True:
            try:
                yield self._waiting.get_nowait()
            except Empty:
                return
            self._waiting.task_done()
