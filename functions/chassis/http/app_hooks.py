"""Hooks on every function's Flask app: size limit, correlation id, trace span, metrics, and errors as problems."""

import time
from contextlib import ExitStack
from http import HTTPStatus
from io import BytesIO
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from functions.chassis.http.problem import Problem, unavailable_problem
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.context import (
    TelemetryContext,
    current_context,
    read_correlation_id,
    use_context,
)
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import NonRecordingTracer, SpanKind, Tracer

MAX_BODY = 1_048_576
"""The largest request body in bytes, for events and for clients' requests."""

_UNTRACED = frozenset({"/", "/live", "/ready", "/health", "/metrics", "/warm"})
"""Paths without a SERVER span. Events are posted to ``/`` and have a CONSUMER span
(:mod:`functions.chassis.telemetry.event_spans`); the platform and the relay request the others again and again."""

log = get_logger(__name__)


def install_hooks(app: Flask, service: str, tracer: Tracer) -> None:
    """Install the hooks and the error handlers that every function has."""
    untraced = NonRecordingTracer()
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def begin_request() -> None:
        g.started = time.perf_counter()
        g.handling = ExitStack()
        g.handling.enter_context(metrics.track_active_request())
        g.span = g.handling.enter_context(
            (untraced if request.path in _UNTRACED else tracer).span(
                f"{request.method} {_route()}",
                SpanKind.SERVER,
                parent=request.headers.get("traceparent"),
                attributes={"http.request.method": request.method, "http.route": _route()},
            )
        )
        correlation_id = read_correlation_id(request.headers.get("X-Correlation-Id"))
        g.handling.enter_context(use_context(TelemetryContext(correlation_id, g.span.traceparent, service)))

    @app.after_request
    def record_response(response: Response) -> Response:
        response.headers["X-Correlation-Id"] = current_context().correlation_id
        metrics.record_request(request.method, _route(), response.status_code, time.perf_counter() - g.started)
        g.span.set_attributes({"http.response.status_code": response.status_code})
        if response.status_code >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
            g.span.record_error(str(response.status_code))
        return response

    @app.teardown_request
    def end_request(_error: BaseException | None) -> None:
        if "handling" in g:
            g.handling.close()

    app.register_error_handler(Problem, lambda problem: problem.to_flask_response())
    app.register_error_handler(
        DatabaseUnavailableError, lambda _: unavailable_problem("the database").to_flask_response()
    )
    app.register_error_handler(
        SecretUnavailableError, lambda _: unavailable_problem("the secret store").to_flask_response()
    )
    app.register_error_handler(HTTPException, _answer_flask_error)
    app.register_error_handler(Exception, _answer_defect)


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
