"""The tracer that records spans with OpenTelemetry's SDK, and starts the export of spans and metrics."""

import atexit
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import TELEMETRY_SDK_LANGUAGE, TELEMETRY_SDK_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider, sampling

from functions.chassis.telemetry.export_settings import ExportSettings
from functions.chassis.telemetry.otlp.collector_client import CollectorClient
from functions.chassis.telemetry.otlp.exporter import OtlpExporter
from functions.chassis.telemetry.otlp.metrics_encoder import SCOPE, MetricsEncoder
from functions.chassis.telemetry.prometheus_registry import registry
from functions.chassis.telemetry.trace_context import parse_traceparent
from functions.chassis.telemetry.tracing import Attributes, Span, SpanKind


class OtlpTracer:
    """Records spans, and exports them together with the metrics.

    The export starts with the first span, which is after gunicorn has forked. So each worker has its own thread,
    connection and instance id. The parent process handles no requests and does not export.
    """

    is_recording = True

    def __init__(self, settings: ExportSettings, *, service: str, environment: str) -> None:
        self._settings = settings
        self._names = {"service.name": service, "deployment.environment.name": environment}
        self._lock = threading.Lock()
        self._tracer: trace.Tracer | None = None
        self._exporter: OtlpExporter | None = None
        # Registered before the publisher's drain, so it runs after it and exports the last publish spans too.
        atexit.register(self.close)

    @contextmanager
    def span(self, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes) -> Iterator[Span]:
        """Trace a block. An exception is recorded by its class name only, because its text may quote a user."""
        span = self._ensure_started().start_span(name, _parent_context(parent), trace.SpanKind[kind.value], attributes)
        recording = _RecordingSpan(span)
        try:
            yield recording
        except Exception as error:
            if not recording.is_failed:
                recording.record_error(type(error).__name__)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Export the remaining spans and metrics within a few seconds."""
        if self._exporter:
            self._exporter.close()

    def _ensure_started(self) -> trace.Tracer:
        with self._lock:
            if self._tracer is None:
                self._tracer = self._start()
            return self._tracer

    def _start(self) -> trace.Tracer:
        settings = self._settings
        sdk = {TELEMETRY_SDK_LANGUAGE: "python", TELEMETRY_SDK_NAME: "opentelemetry"}
        instance = {"service.instance.id": str(uuid.uuid4())}
        resource = Resource({**sdk, **settings.resource_attributes, **self._names, **instance})
        client = CollectorClient(
            settings.otel_exporter_otlp_endpoint,
            headers=settings.headers,
            timeout=settings.otel_exporter_otlp_timeout / 1000,
        )
        is_exporting_metrics = settings.otel_metrics_exporter == "otlp"
        metrics_encoder = MetricsEncoder(registry, resource.attributes) if is_exporting_metrics else None
        self._exporter = OtlpExporter(client, metrics_encoder, interval=settings.otel_metric_export_interval / 1000)
        provider = TracerProvider(_create_sampler(settings), resource, shutdown_on_exit=False)
        provider.add_span_processor(self._exporter)
        self._exporter.start()
        return provider.get_tracer(SCOPE)


class _RecordingSpan:
    """A span of the SDK, which records it if the trace is sampled."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.is_failed = False
        context = span.get_span_context()
        # Only the flag "sampled": Go's implementation drops a traceparent that has other flags.
        flags = context.trace_flags & trace.TraceFlags.SAMPLED
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"

    def set_attributes(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def record_error(self, error_type: str) -> None:
        """Mark the span as failed, with the kind of error."""
        self.is_failed = True
        self._span.set_status(trace.Status(trace.StatusCode.ERROR))
        self._span.set_attribute("error.type", error_type)


def _parent_context(traceparent: str | None) -> Context:
    """Return the context of a remote parent, or an empty context, which makes a span the first of a trace."""
    parent = parse_traceparent(traceparent)
    if parent is None:
        return Context()
    flags = trace.TraceFlags(int(parent.flags, 16))
    remote = trace.SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(trace.NonRecordingSpan(remote), Context())


def _create_sampler(settings: ExportSettings) -> sampling.Sampler:
    name, ratio = settings.otel_traces_sampler, settings.otel_traces_sampler_arg
    root_samplers: dict[str, sampling.Sampler] = {
        "always_on": sampling.ALWAYS_ON,
        "always_off": sampling.ALWAYS_OFF,
        "traceidratio": sampling.TraceIdRatioBased(ratio),
    }
    root = root_samplers[name.removeprefix("parentbased_")]
    return sampling.ParentBased(root) if name.startswith("parentbased_") else root
