"""A stand-in for an OpenTelemetry collector that records each request, or rejects it with a given status."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class ReceivedSpan:
    """A span of a received request."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    is_failed: bool
    attributes: dict[str, Any]

    @property
    def traceparent(self) -> str:
        """The ``traceparent`` that names this span as a parent."""
        return f"00-{self.trace_id}-{self.span_id}-01"


@dataclass(frozen=True)
class ReceivedPoint:
    """A metric's point of a received request. For a histogram, ``value`` is its count."""

    resource: dict[str, Any]
    name: str
    labels: dict[str, Any]
    value: float
    start: int
    at: int
    buckets: tuple[int, ...] = ()
    is_cumulative: bool = False


class RecordingCollector:
    """Accepts OTLP over HTTP on loopback and answers with ``status``. While ``open`` is cleared, requests hang."""

    def __init__(self) -> None:
        self.status = 200
        self.open = threading.Event()
        self.open.set()
        self.request_count = 0
        self.headers: list[dict[str, str]] = []
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def spans(self) -> list[ReceivedSpan]:
        """Every received span, in the order in which the spans ended."""
        return [
            _received_span(span, dict(_values(resource_group.resource.attributes))["service.name"])
            for request in self.traces
            for resource_group in request.resource_spans
            for scope_group in resource_group.scope_spans
            for span in scope_group.spans
        ]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resource attributes of each request with spans."""
        return [dict(_values(spans.resource.attributes)) for request in self.traces for spans in request.resource_spans]

    def points(self, name: str, **labels: str) -> list[ReceivedPoint]:
        """Return every received point of a metric's series with these labels, in order."""
        return [point for point in self.all_points if point.name == name and labels.items() <= point.labels.items()]

    @property
    def all_points(self) -> list[ReceivedPoint]:
        """Every received point of every metric."""
        return [point for request in self.metrics for point in read_points(request)]

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Return when the condition is true; fail after a time limit."""
        until = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            assert time.monotonic() < until, "the condition did not become true"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop listening."""
        self.open.set()
        self._server.shutdown()
        self._server.server_close()


def read_points(request: ExportMetricsServiceRequest) -> list[ReceivedPoint]:
    """Return every point of every metric in a request."""
    return [
        point
        for resource_group in request.resource_metrics
        for scope_group in resource_group.scope_metrics
        for metric in scope_group.metrics
        for point in _received_points(metric, dict(_values(resource_group.resource.attributes)))
    ]


def _handler(collector: RecordingCollector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.request_count += 1
            collector.open.wait(TIMEOUT_SECONDS)
            if collector.status == 200:
                collector.headers.append(dict(self.headers))
                if self.path == "/v1/traces":
                    collector.traces.append(ExportTraceServiceRequest.FromString(body))
                if self.path == "/v1/metrics":
                    collector.metrics.append(ExportMetricsServiceRequest.FromString(body))
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Suppress the access log."""

    return Handler


def _received_span(span: OtlpSpan, service: str) -> ReceivedSpan:
    return ReceivedSpan(
        service=service,
        name=span.name,
        kind=OtlpSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        is_failed=span.status.code == 2,
        attributes=dict(_values(span.attributes)),
    )


def _received_points(metric: Any, resource: dict[str, Any]) -> list[ReceivedPoint]:
    data = getattr(metric, metric.WhichOneof("data"))
    return [
        ReceivedPoint(
            resource=resource,
            name=metric.name,
            labels=dict(_values(point.attributes)),
            value=point.count if hasattr(point, "count") else point.as_double,
            start=point.start_time_unix_nano,
            at=point.time_unix_nano,
            buckets=tuple(getattr(point, "bucket_counts", ())),
            is_cumulative=getattr(data, "aggregation_temporality", 0) == 2,
        )
        for point in data.data_points
    ]


def _values(pairs: Any) -> list[tuple[str, Any]]:
    return [(pair.key, getattr(pair.value, pair.value.WhichOneof("value"))) for pair in pairs]
