"""What every function's HTTP has in common: a size limit, a correlation id, and problems instead of error pages."""

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
from functions.chassis.telemetry import context, metrics
from functions.chassis.telemetry.context import Current
from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.tracing import Kind, Tracer, Untraced

MAX_BODY = 1_048_576
"""The largest request body in bytes, an event's or a client's."""

_UNTRACED = frozenset({"/", "/live", "/ready", "/health", "/metrics"})
"""An event, posted to ``/``, has a span of another kind (:mod:`functions.chassis.telemetry.event_spans`); what the
platform asks every few seconds has none."""

log = get_logger(__name__)


def install_hooks(app: Flask, service: str, tracer: Tracer) -> None:
    """Give an app the hooks and the error answers that every function has."""
    untraced = Untraced()
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        g.handling = ExitStack()
        g.handling.enter_context(metrics.in_flight())
        g.span = g.handling.enter_context(
            (untraced if request.path in _UNTRACED else tracer).span(
                f"{request.method} {_route()}",
                Kind.SERVER,
                parent=request.headers.get("traceparent"),
                attributes={"http.request.method": request.method, "http.route": _route()},
            )
        )
        correlation = context.correlation_of(request.headers.get("X-Correlation-Id"))
        g.handling.enter_context(context.use(Current(correlation, g.span.traceparent, service)))

    @app.after_request
    def _finish(response: Response) -> Response:
        response.headers["X-Correlation-Id"] = context.current().correlation_id
        metrics.served(request.method, _route(), response.status_code, time.perf_counter() - g.started)
        g.span.note({"http.response.status_code": response.status_code})
        if response.status_code >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
            g.span.fail(str(response.status_code))
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        if "handling" in g:
            g.handling.close()

    app.register_error_handler(Problem, lambda problem: problem.to_flask_response())
    app.register_error_handler(
        DatabaseUnavailableError, lambda _: unavailable_problem("the database").to_flask_response()
    )
    app.register_error_handler(
        SecretUnavailableError, lambda _: unavailable_problem("the secret store").to_flask_response()
    )
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _route() -> str:
    """Return the path's template: the path itself may hold a user's id."""
    return request.url_rule.rule if request.url_rule else "unknown"


def _refused(error: HTTPException) -> Response:
    """Answer Flask's own refusals (404, 405, 413 …) as problems too."""
    status = error.code or 500
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # functions-framework reads the body once more after the answer, and would fail over the same limit again.
        request.__dict__["stream"] = BytesIO()
        return Problem(status, f"the body is larger than {MAX_BODY} bytes").to_flask_response()
    allowed = {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
    details = {404: "there is nothing at this path", 405: "this path does not take this method"}
    return Problem(status, details.get(status, HTTPStatus(status).phrase.lower()), headers=allowed).to_flask_response()


def _failed(error: Exception) -> Response:
    """Answer a defect of ours: the reference finds the log line, and nothing of the inside is shown."""
    reference = str(uuid4())
    log.error("a request failed", exc_info=error, extra={"reference": reference})
    return Problem(500, f"something went wrong here; quote {reference} when you report it").to_flask_response()
