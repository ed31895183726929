"""Sends one event to the bus: with retries, a trace span and a metric. The outbox is not touched."""

from time import monotonic
from typing import Final

from events.envelope import Envelope
from functions.chassis.messaging.event_bus import BusUnavailableError, EventBus
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import trace_publish
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import Tracer

TRY_SECONDS: Final = 40.0
"""Time limit of one try. A Broker on the in-memory channel answers only after its own retries."""

RETRY_SECONDS: Final = 20.0
"""No further try starts after this time. RETRY_SECONDS + TRY_SECONDS is less than the lease of an outbox row."""

log = get_logger(__name__)


class EventSender:
    """Sends events of the function ``service`` to a bus."""

    def __init__(self, bus: EventBus, *, service: str, tracer: Tracer) -> None:
        self._bus = bus
        self._service = service
        self._tracer = tracer

    def send(self, event: Envelope) -> bool:
        """Send an event now, and return whether the bus accepted it. Raises nothing.

        Log lines contain the event's correlation id, because the request that emitted the event has ended.
        """
        with trace_publish(self._tracer, event, service=self._service, system=self._bus.system) as span:
            try:
                self._send_with_retries(event)
            except BusUnavailableError as error:
                log.warning("the bus did not accept an event: %s", error)
                span.record_error(type(error).__name__)
            except Exception as error:
                log.exception("publishing failed; the event is tried again later")
                span.record_error(type(error).__name__)
            else:
                metrics.record_published_event(event.type, "sent")
                return True
        metrics.record_published_event(event.type, "failed")
        return False

    def _send_with_retries(self, event: Envelope) -> None:
        started = monotonic()
        try:
            self._bus.publish(event, timeout=TRY_SECONDS)
        except BusUnavailableError as error:
            seconds = RETRY_SECONDS - (monotonic() - started)
            if seconds <= 0:
                raise
            self._retry(event, error, seconds)

    def _retry(self, event: Envelope, error: BusUnavailableError | None, seconds: float) -> None:
        import stamina  # noqa: PLC0415 - its import takes 14 ms of a cold start, and few events need it

        for attempt in stamina.retry_context(
            on=BusUnavailableError, attempts=4, timeout=seconds, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                if error is not None:  # the first try has failed already
                    failed, error = error, None
                    raise failed
                self._bus.publish(event, timeout=TRY_SECONDS)
