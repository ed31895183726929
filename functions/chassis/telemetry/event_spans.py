"""The spans of an event on its way: one where it is published, and one wherever it is handled.

An event names the span that said it in its ``traceparent`` extension, for good. Both spans are below that one, however
much later they are: a reminder that is due in a week is in the trace of the request that asked for it. The publisher's
span goes along in the ``traceparent`` header, where brokers and sidecars put their own below it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from events.catalogue import CATALOGUE
from events.envelope import Envelope
from events.ids import new_id
from functions.chassis.telemetry import context
from functions.chassis.telemetry.trace_context import nearest
from functions.chassis.telemetry.tracing import Kind, Span, Tracer

UNKNOWN: Final = "unknown"

_LONGEST: Final = 200


def known_type(event_type: object) -> str:
    """Return an event's type where it is one of ours: names that anybody may make up would be many."""
    return event_type if isinstance(event_type, str) and event_type in CATALOGUE else UNKNOWN


@contextmanager
def publishing(tracer: Tracer, event: Envelope, *, service: str, system: str) -> Iterator[Span]:
    """Trace a publish, and make the event what is handled; ``system`` is what takes it."""
    told = {"messaging.operation.name": "publish", "messaging.operation.type": "send", "messaging.system": system}
    said = _text(event.attributes.get("traceparent"))
    with _handled(tracer, Kind.PRODUCER, event.attributes, parent=said, told=told, service=service) as span:
        yield span


@contextmanager
def processing(
    tracer: Tracer, attributes: Mapping[str, object], *, service: str, came: str | None, system: str = "knative"
) -> Iterator[Span]:
    """Trace the handling of an event, and make it what is handled; ``came`` is its request's ``traceparent``."""
    told = {"messaging.operation.name": "process", "messaging.operation.type": "process", "messaging.system": system}
    parent = nearest(_text(attributes.get("traceparent")), came)
    with _handled(tracer, Kind.CONSUMER, attributes, parent=parent, told=told, service=service) as span:
        yield span


@contextmanager
def _handled(
    tracer: Tracer,
    kind: Kind,
    attributes: Mapping[str, object],
    *,
    parent: str | None,
    told: Mapping[str, str],
    service: str,
) -> Iterator[Span]:
    event_id, event_type = _text(attributes.get("id")), known_type(attributes.get("type"))
    about = {
        "messaging.message.id": event_id,
        "cloudevents.event_id": event_id,
        "cloudevents.event_source": _text(attributes.get("source")),
        "cloudevents.event_type": event_type,
    }
    name = f"{told['messaging.operation.name']} {event_type}"
    with tracer.span(name, kind, parent=parent, attributes={**told, **about}) as span:
        correlation = _text(attributes.get("correlationid")) or event_id or str(new_id())
        with context.use(context.Current(correlation, span.traceparent, service, event_type)):
            yield span


def _text(value: object) -> str:
    return "" if value is None else str(value)[:_LONGEST]
