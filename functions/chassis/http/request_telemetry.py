"""Describes a request while it is handled: its span, its telemetry context and its metrics."""

import time
from collections.abc import Mapping
from typing import Any

from flask import Response

from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.context import (
    TelemetryContext,
    read_correlation_id,
    use_context,
)
from functions.chassis.telemetry.tracing import NonRecordingTracer, SpanKind, Tracer

_UNTRACED_PATHS = frozenset({"/", "/live", "/ready", "/health", "/metrics", "/warm"})
"""Paths without a SERVER span. Events are posted to ``/`` and have a CONSUMER span
(:mod:`functions.chassis.telemetry.event_spans`); the platform and the relay request the others again and again."""

_UNTRACED = NonRecordingTracer()


class RequestTelemetry:
    """One request, from its arrival to its response. ``environ`` has its headers (PEP 3333).

    ``route`` is the path's template, because the path itself may contain a user's id.
    """

    __slots__ = ("_context", "_method", "_route", "_span", "_span_block", "_started", "correlation_id")

    def __init__(
        self, environ: Mapping[str, Any], *, method: str, path: str, route: str, service: str, tracer: Tracer
    ) -> None:
        self._started = time.perf_counter()
        self._method, self._route = method, route
        self.correlation_id = read_correlation_id(environ.get("HTTP_X_CORRELATION_ID"))
        metrics.begin_request()
        self._span_block = (_UNTRACED if path in _UNTRACED_PATHS else tracer).span(
            f"{method} {route}",
            SpanKind.SERVER,
            parent=environ.get("HTTP_TRACEPARENT"),
            attributes={"http.request.method": method, "http.route": route},
        )
        self._span = self._span_block.__enter__()
        self._context = use_context(TelemetryContext(self.correlation_id, self._span.traceparent, service))
        self._context.__enter__()

    def record(self, response: Response) -> None:
        """Complete the response, and describe it in metrics and in the span."""
        response.headers["X-Correlation-Id"] = self.correlation_id
        status = response.status_code
        metrics.record_request(self._method, self._route, status, time.perf_counter() - self._started)
        self._span.set_attributes({"http.response.status_code": status})
        if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
            self._span.record_error(str(status))

    def end(self) -> None:
        """End the span and the context."""
        self._context.__exit__(None, None, None)
        self._span_block.__exit__(None, None, None)
        metrics.end_request()
