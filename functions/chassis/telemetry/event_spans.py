"""The spans of an event: one span when it is published, and one span in each function that handles it.

An event's ``traceparent`` attribute names the span that emitted it, and never changes. All spans of the event are
below that span, however much later they start: a reminder that is due in a week belongs to the trace of the request
that created it. The publisher's span travels in the ``traceparent`` header, where brokers and sidecars add their own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from events.catalogue import CATALOGUE
from events.envelope import Envelope
from events.ids import new_id
from functions.chassis.telemetry.context import TelemetryContext, use_context
from functions.chassis.telemetry.trace_context import choose_parent
from functions.chassis.telemetry.tracing import Span, SpanKind, Tracer

UNKNOWN_TYPE: Final = "unknown"

_MAX_TEXT_LENGTH: Final = 200


def event_type_label(event_type: object) -> str:
    """Return an event type of the catalogue unchanged, and ``unknown`` for any other value.

    A metric's label and a span's name must have few values, so they cannot contain types that a sender made up.
    """
    return event_type if isinstance(event_type, str) and event_type in CATALOGUE else UNKNOWN_TYPE


@contextmanager
def trace_publish(tracer: Tracer, event: Envelope, *, service: str, system: str) -> Iterator[Span]:
    """Trace the publish of an event to the bus ``system``, with the event as the telemetry context."""
    operation = {"messaging.operation.name": "publish", "messaging.operation.type": "send", "messaging.system": system}
    parent = _text(event.attributes.get("traceparent"))
    with _trace_event(
        tracer, SpanKind.PRODUCER, event.attributes, parent=parent, operation=operation, service=service
    ) as span:
        yield span


@contextmanager
def trace_handling(
    tracer: Tracer,
    attributes: Mapping[str, object],
    *,
    service: str,
    request_traceparent: str | None,
    system: str = "knative",
) -> Iterator[Span]:
    """Trace the handling of an event, with the event as the telemetry context.

    ``attributes`` are the event's, ``request_traceparent`` is the header of the request that delivered it, and
    ``system`` is the bus that it came from.
    """
    operation = {
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.system": system,
    }
    parent = choose_parent(_text(attributes.get("traceparent")), request_traceparent)
    with _trace_event(
        tracer, SpanKind.CONSUMER, attributes, parent=parent, operation=operation, service=service
    ) as span:
        yield span


@contextmanager
def _trace_event(
    tracer: Tracer,
    kind: SpanKind,
    attributes: Mapping[str, object],
    *,
    parent: str | None,
    operation: Mapping[str, str],
    service: str,
) -> Iterator[Span]:
    event_id, event_type = _text(attributes.get("id")), event_type_label(attributes.get("type"))
    event_attributes = {
        "messaging.message.id": event_id,
        "cloudevents.event_id": event_id,
        "cloudevents.event_source": _text(attributes.get("source")),
        "cloudevents.event_type": event_type,
    }
    name = f"{operation['messaging.operation.name']} {event_type}"
    with tracer.span(name, kind, parent=parent, attributes={**operation, **event_attributes}) as span:
        correlation_id = _text(attributes.get("correlationid")) or event_id or str(new_id())
        with use_context(TelemetryContext(correlation_id, span.traceparent, service, event_type)):
            yield span


def _text(value: object) -> str:
    return "" if value is None else str(value)[:_MAX_TEXT_LENGTH]
