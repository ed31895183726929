"""An OpenTelemetry collector that prints each span, and the name of each metric, as a line of JSON.

It runs in a pod with the functions' image, and imports no module of the tests.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

PORT = 4318


class OtlpHandler(BaseHTTPRequestHandler):
    """Receives OTLP over HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Print the spans or metrics of a request, and answer 200."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            for traced in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in traced.scope_spans:
                    for span in of_scope.spans:
                        print_line(
                            service=get_service_name(traced.resource),
                            span=span.name,
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                        )
        if self.path == "/v1/metrics":
            for measured in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for of_scope in measured.scope_metrics:
                    for metric in of_scope.metrics:
                        print_line(service=get_service_name(measured.resource), metric=metric.name)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print no access log: the output is data."""


def print_line(**values: str) -> None:
    """Print a line of JSON in one piece, because threads print at the same time."""
    print(f"{json.dumps(values)}\n", end="", flush=True)  # noqa: T201 - the output is the result


def get_service_name(resource: Resource) -> str:
    """Return the name of a resource's service."""
    return next((one.value.string_value for one in resource.attributes if one.key == "service.name"), "")


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), OtlpHandler).serve_forever()
