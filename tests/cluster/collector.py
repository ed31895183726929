"""A collector of OpenTelemetry in the cluster: prints each span and each metric's name as a line of JSON.

It runs in a pod, from the functions' own image, and imports nothing of the tests.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

PORT = 4318


class Receiver(BaseHTTPRequestHandler):
    """Takes OTLP over HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Print what came, and say thanks."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            for traced in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in traced.scope_spans:
                    for span in of_scope.spans:
                        say(
                            service=name_of(traced.resource),
                            span=span.name,
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                        )
        if self.path == "/v1/metrics":
            for measured in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for of_scope in measured.scope_metrics:
                    for metric in of_scope.metrics:
                        say(service=name_of(measured.resource), metric=metric.name)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet: what is printed is data."""


def say(**values: str) -> None:
    """Print a line in one piece, as many threads do."""
    print(f"{json.dumps(values)}\n", end="", flush=True)  # noqa: T201 - what it is for


def name_of(resource: Resource) -> str:
    """Return the name of the service that something is about."""
    return next((one.value.string_value for one in resource.attributes if one.key == "service.name"), "")


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Receiver).serve_forever()
