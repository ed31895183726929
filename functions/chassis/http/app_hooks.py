"""Hooks on every function's Flask app: size limit, correlation id, trace span, metrics, and errors as problems."""

import time
from http import HTTPStatus
from io import BytesIO
from uuid import uuid4

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from functions.chassis.http.problem import Problem, unavailable_problem
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.context import (
    TelemetryContext,
    read_correlation_id,
    use_context,
)
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import NonRecordingTracer, SpanKind, Tracer

MAX_BODY = 1_048_576
"""The largest request body in bytes, for events and for clients' requests."""

_UNTRACED_PATHS = frozenset({"/", "/live", "/ready", "/health", "/metrics", "/warm"})
"""Paths without a SERVER span. Events are posted to ``/`` and have a CONSUMER span
(:mod:`functions.chassis.telemetry.event_spans`); the platform and the relay request the others again and again."""

_UNTRACED = NonRecordingTracer()

log = get_logger(__name__)


def install_hooks(app: Flask, service: str, tracer: Tracer) -> None:
    """Install the hooks and the error handlers that every function has."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def begin_request() -> None:
        g.handling = _Handling(request, _route(), service, tracer)

    @app.after_request
    def record_response(response: Response) -> Response:
        g.handling.record(response)
        return response

    @app.teardown_request
    def end_request(_error: BaseException | None) -> None:
        if "handling" in g:
            g.handling.end()

    app.register_error_handler(Problem, lambda problem: problem.to_flask_response())
    app.register_error_handler(
        DatabaseUnavailableError, lambda _: unavailable_problem("the database").to_flask_response()
    )
    app.register_error_handler(
        SecretUnavailableError, lambda _: unavailable_problem("the secret store").to_flask_response()
    )
    app.register_error_handler(HTTPException, _answer_flask_error)
    app.register_error_handler(Exception, _answer_defect)


class _Handling:
    """One request, from its arrival to its response: its span, its telemetry context and its metrics.

    It is made once per request, so that the hooks look up Flask's proxies once.
    """

    __slots__ = ("_context", "_method", "_route", "_span", "_span_block", "_started", "correlation_id")

    def __init__(self, request: Request, route: str, service: str, tracer: Tracer) -> None:
        self._started = time.perf_counter()
        self._method, self._route = request.method, route
        environ = request.environ
        self.correlation_id = read_correlation_id(environ.get("HTTP_X_CORRELATION_ID"))
        metrics.begin_request()
        self._span_block = (_UNTRACED if request.path in _UNTRACED_PATHS else tracer).span(
            f"{self._method} {route}",
            SpanKind.SERVER,
            parent=environ.get("HTTP_TRACEPARENT"),
            attributes={"http.request.method": self._method, "http.route": route},
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


def _route() -> str:
    """Return the path's template, because the path itself may contain a user's id."""
    return request.url_rule.rule if request.url_rule else "unknown"


def _answer_flask_error(error: HTTPException) -> Response:
    """Return the problem for an error that Flask raised, such as 404, 405 or 413."""
    status = error.code or 500
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # functions-framework reads the body again after the response, and would fail on the same limit.
        request.__dict__["stream"] = BytesIO()
        return Problem(status, f"the body is larger than {MAX_BODY} bytes").to_flask_response()
    allowed = {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
    details = {404: "this path does not exist", 405: "this path does not accept this method"}
    return Problem(status, details.get(status, HTTPStatus(status).phrase.lower()), headers=allowed).to_flask_response()


def _answer_defect(error: Exception) -> Response:
    """Log an unexpected error, and return a problem without internals; its reference finds the log line."""
    reference = str(uuid4())
    log.error("a request failed", exc_info=error, extra={"reference": reference})
    return Problem(500, f"an internal error occurred; quote {reference} when you report it").to_flask_response()
