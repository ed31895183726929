"""The spans of an event: one span when it is published, and one span in each function that handles it.

An event's ``traceparent`` attribute names the span that emitted it, and never changes. All spans of the event are
below that span, however much later they start: a reminder that is due in a week belongs to the trace of the request
that created it. The publisher's span travels in the ``traceparent`` header, where brokers and sidecars add their own.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final, NamedTuple

from events.catalogue import CATALOGUE
from events.envelope import Envelope
from events.ids import new_id
from functions.chassis.telemetry.context import TelemetryContext, use_context
from functions.chassis.telemetry.trace_context import choose_parent
from functions.chassis.telemetry.tracing import NO_ATTRIBUTES, Span, SpanKind, Tracer
from functions.chassis.telemetry.tracing import Attributes as SpanAttributes

UNKNOWN_TYPE: Final = "unknown"

_MAX_TEXT_LENGTH: Final = 200


def event_type_label(event_type: object) -> str:
    """Return an event type of the catalogue unchanged, and ``unknown`` for any other value.

    A metric's label and a span's name must have few values, so they cannot contain types that a sender made up.
    """
    return event_type if isinstance(event_type, str) and event_type in CATALOGUE else UNKNOWN_TYPE


def trace_publish(tracer: Tracer, event: Envelope, *, service: str, system: str) -> AbstractContextManager[Span]:
    """Trace the publish of an event to the bus ``system``, with the event as the telemetry context."""
    parent = _text(event.attributes.get("traceparent"))
    operation = _Operation(SpanKind.PRODUCER, "publish", "send", system)
    return _trace_event(tracer, event.attributes, operation, parent=parent, service=service)


def trace_handling(
    tracer: Tracer,
    attributes: Mapping[str, object],
    *,
    service: str,
    request_traceparent: str | None,
    system: str = "knative",
) -> AbstractContextManager[Span]:
    """Trace the handling of an event, with the event as the telemetry context.

    ``attributes`` are the event's, ``request_traceparent`` is the header of the request that delivered it, and
    ``system`` is the bus that it came from.
    """
    parent = choose_parent(_text(attributes.get("traceparent")), request_traceparent)
    operation = _Operation(SpanKind.CONSUMER, "process", "process", system)
    return _trace_event(tracer, attributes, operation, parent=parent, service=service)


class _Operation(NamedTuple):
    """What happens to an event, by OpenTelemetry's names."""

    kind: SpanKind
    name: str
    type: str
    system: str


@contextmanager
def _trace_event(
    tracer: Tracer, attributes: Mapping[str, object], operation: _Operation, *, parent: str | None, service: str
) -> Iterator[Span]:
    event_id, event_type = _text(attributes.get("id")), event_type_label(attributes.get("type"))
    described = _describe(attributes, operation, event_type) if tracer.is_recording else NO_ATTRIBUTES
    with tracer.span(f"{operation.name} {event_type}", operation.kind, parent=parent, attributes=described) as span:
        correlation_id = _text(attributes.get("correlationid")) or event_id or str(new_id())
        with use_context(TelemetryContext(correlation_id, span.traceparent, service, event_type)):
            yield span


def _describe(attributes: Mapping[str, object], operation: _Operation, event_type: str) -> SpanAttributes:
    event_id = _text(attributes.get("id"))
    return {
        "messaging.operation.name": operation.name,
        "messaging.operation.type": operation.type,
        "messaging.system": operation.system,
        "messaging.message.id": event_id,
        "cloudevents.event_id": event_id,
        "cloudevents.event_source": _text(attributes.get("source")),
        "cloudevents.event_type": event_type,
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)[:_MAX_TEXT_LENGTH]
