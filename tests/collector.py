"""A collector of OpenTelemetry that remembers what it was sent, or refuses as it is told."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

PATIENCE = 20.0


@dataclass(frozen=True)
class SeenSpan:
    """A span as it came."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    attributes: dict[str, Any]

    @property
    def traceparent(self) -> str:
        """How others name it."""
        return f"00-{self.trace_id}-{self.span_id}-01"


@dataclass(frozen=True)
class SeenPoint:
    """A point of a metric as it came; ``value`` is a histogram's count, ``buckets`` what is in each of it."""

    resource: dict[str, Any]
    name: str
    labels: dict[str, Any]
    value: float
    began: int
    at: int
    buckets: tuple[int, ...] = ()
    cumulative: bool = False


class RecordingCollector:
    """OTLP over HTTP on loopback; ``status`` is what it answers. While ``open`` is cleared it answers nobody."""

    def __init__(self) -> None:
        self.status = 200
        self.open = threading.Event()
        self.open.set()
        self.asked = 0
        self.headers: list[dict[str, str]] = []
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def spans(self) -> list[SeenSpan]:
        """Every span so far, in the order they ended."""
        return [
            _seen(span, dict(_values(of_resource.resource.attributes))["service.name"])
            for request in self.traces
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """What each request with spans says of who sent it."""
        return [dict(_values(one.resource.attributes)) for request in self.traces for one in request.resource_spans]

    def points(self, name: str, **labels: str) -> list[SeenPoint]:
        """Every point so far of a metric's series with these labels, in the order they came."""
        return [point for point in self.every_point if point.name == name and labels.items() <= point.labels.items()]

    @property
    def every_point(self) -> list[SeenPoint]:
        """Every point of every metric so far."""
        return [point for request in self.metrics for point in points_of(request)]

    def wait_for(self, what: Callable[[], object]) -> None:
        """Return when something is true; fail where it does not become so."""
        until = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < until, "the collector did not get it"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop listening."""
        self.open.set()
        self._server.shutdown()
        self._server.server_close()


def points_of(request: ExportMetricsServiceRequest) -> list[SeenPoint]:
    """Return every point of every metric in a request."""
    return [
        point
        for of_resource in request.resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
        for point in _points(metric, dict(_values(of_resource.resource.attributes)))
    ]


def _receiver(collector: RecordingCollector) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.asked += 1
            collector.open.wait(PATIENCE)
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
            """Stay quiet."""

    return Receiver


def _seen(span: OtlpSpan, service: str) -> SeenSpan:
    return SeenSpan(
        service=service,
        name=span.name,
        kind=OtlpSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        failed=span.status.code == 2,
        attributes=dict(_values(span.attributes)),
    )


def _points(metric: Any, resource: dict[str, Any]) -> list[SeenPoint]:
    told = getattr(metric, metric.WhichOneof("data"))
    return [
        SeenPoint(
            resource=resource,
            name=metric.name,
            labels=dict(_values(point.attributes)),
            value=point.count if hasattr(point, "count") else point.as_double,
            began=point.start_time_unix_nano,
            at=point.time_unix_nano,
            buckets=tuple(getattr(point, "bucket_counts", ())),
            cumulative=getattr(told, "aggregation_temporality", 0) == 2,
        )
        for point in told.data_points
    ]


def _values(pairs: Any) -> list[tuple[str, Any]]:
    return [(pair.key, getattr(pair.value, pair.value.WhichOneof("value"))) for pair in pairs]
