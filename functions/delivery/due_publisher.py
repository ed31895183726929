"""Publishes a claimed event once, and settles its row: published rows are deleted together, others wait for a retry."""

from typing import Final

from events.envelope import Envelope
from functions.chassis.instance import Instance
from functions.chassis.messaging import outbox
from functions.chassis.messaging.event_bus import BusUnavailableError, EventBus
from functions.chassis.messaging.publisher import TRY_SECONDS
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import trace_publish
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import Span
from functions.delivery.row_deletion import RowDeletion

AFTER_LEASE: Final = "the outbox could not be updated; the event is sent again after its lease expires"

log = get_logger(__name__)


class DuePublisher:
    """Publishes the relay's events through ``bus``. Other than a writer's publisher, it does not retry by itself.

    The bus's rejection of an event is stored in the outbox, where the event waits without a thread for its next try.
    """

    def __init__(self, instance: Instance, bus: EventBus) -> None:
        self._instance = instance
        self._bus = bus
        self._deletion = RowDeletion(instance.database)

    def send(self, event: Envelope) -> bool:
        """Publish one event now and return whether the bus accepted it.

        The row of an accepted event is deleted; a rejected event is postponed. Log lines in between carry the event's
        correlation id.
        """
        service = self._instance.settings.service_name
        with trace_publish(self._instance.tracer, event, service=service, system=self._bus.system) as span:
            try:
                self._bus.publish(event, timeout=TRY_SECONDS)
            except BusUnavailableError as error:
                log.warning("the bus did not accept an event: %s", error)
                self._postpone(event, span, error)
                return False
            metrics.record_published_event(event.type, "sent")
        try:
            self._deletion.delete(event.id)
        except DatabaseUnavailableError:
            log.warning(AFTER_LEASE)
        return True

    def _postpone(self, event: Envelope, span: Span, error: BusUnavailableError) -> None:
        span.record_error(type(error).__name__)
        metrics.record_published_event(event.type, "failed")
        try:
            with self._instance.database.transaction() as connection:
                outbox.postpone_event(connection, event.id, now=self._instance.clock())
        except DatabaseUnavailableError:
            log.warning(AFTER_LEASE)
