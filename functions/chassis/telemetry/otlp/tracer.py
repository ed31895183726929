"""OpenTelemetry's tracer, behind the chassis' own few words for it."""

import atexit
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.sdk.resources import TELEMETRY_SDK_LANGUAGE, TELEMETRY_SDK_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan
from opentelemetry.trace import Tracer as SdkTracer

from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.export_settings import ExportSettings
from functions.chassis.telemetry.otlp.collector import Collector
from functions.chassis.telemetry.otlp.pusher import Pusher
from functions.chassis.telemetry.otlp.readings import SCOPE, Readings
from functions.chassis.telemetry.trace_context import parse
from functions.chassis.telemetry.tracing import Attributes, Kind, Span


class OtlpTracer:
    """Records spans, and pushes them and the metrics.

    Nothing starts before the first span: that is after gunicorn has forked, so that each worker has its own thread,
    connection and instance id, and its parent, which serves nobody, has none.
    """

    def __init__(self, settings: ExportSettings, *, service: str, environment: str) -> None:
        self._settings = settings
        self._about = {"service.name": service, "deployment.environment.name": environment}
        self._lock = threading.Lock()
        self._tracer: SdkTracer | None = None
        self._pusher: Pusher | None = None
        # Registered before the publisher's, and so called after it: what is published at the end is traced as well.
        atexit.register(self.close)

    @contextmanager
    def span(self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes) -> Iterator[Span]:
        """Trace a block. Of an exception only its name is told: its text may hold what a user wrote."""
        below = _remote(parent)
        span = self._started().start_span(name, below, SpanKind[kind.value], attributes)
        recorded = _Recorded(span)
        try:
            yield recorded
        except Exception as error:
            if not recorded.failed:
                recorded.fail(type(error).__name__)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Push what is left, in a few seconds at most."""
        if self._pusher:
            self._pusher.close()

    def _started(self) -> SdkTracer:
        with self._lock:
            if self._tracer is None:
                self._tracer = self._start()
            return self._tracer

    def _start(self) -> SdkTracer:
        settings = self._settings
        resource = _resource({**settings.resource, **self._about, "service.instance.id": str(uuid.uuid4())})
        collector = Collector(
            settings.otel_exporter_otlp_endpoint,
            headers=settings.headers,
            timeout=settings.otel_exporter_otlp_timeout / 1000,
        )
        pushed = settings.otel_metrics_exporter == "otlp"
        readings = Readings(metrics.registry, resource.attributes) if pushed else None
        self._pusher = Pusher(collector, readings, interval=settings.otel_metric_export_interval / 1000)
        provider = TracerProvider(_sampler(settings), resource, shutdown_on_exit=False)
        provider.add_span_processor(self._pusher)
        self._pusher.start()
        return provider.get_tracer(SCOPE)


class _Recorded:
    """A span that is being recorded, or one that was not sampled and still has its place in the trace."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span
        self.failed = False
        place = span.get_span_context()
        # Of the flags only the one that all versions know: Go's implementation drops what has others.
        flags = place.trace_flags & TraceFlags.SAMPLED
        self.traceparent = f"00-{place.trace_id:032x}-{place.span_id:016x}-{flags:02x}"

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def fail(self, error_type: str) -> None:
        """Set the status, and what kind of failure it was."""
        self.failed = True
        self._span.set_status(Status(StatusCode.ERROR))
        self._span.set_attribute("error.type", error_type)


def _remote(traceparent: str | None) -> Context:
    """Return the context of a parent elsewhere; an empty one where there is none, whatever the thread is at."""
    parent = parse(traceparent)
    if parent is None:
        return Context()
    flags = TraceFlags(int(parent.flags, 16))
    place = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(place), Context())


def _resource(attributes: Mapping[str, str]) -> Resource:
    sdk = {TELEMETRY_SDK_LANGUAGE: "python", TELEMETRY_SDK_NAME: "opentelemetry"}
    return Resource({**sdk, **attributes})


def _sampler(settings: ExportSettings) -> sampling.Sampler:
    ratio = settings.otel_traces_sampler_arg
    roots: dict[str, sampling.Sampler] = {
        "always_on": sampling.ALWAYS_ON,
        "always_off": sampling.ALWAYS_OFF,
        "traceidratio": sampling.TraceIdRatioBased(ratio),
    }
    parentbased, name = settings.otel_traces_sampler.startswith("parentbased_"), settings.otel_traces_sampler
    root = roots[name.removeprefix("parentbased_")]
    return sampling.ParentBased(root) if parentbased else root
