"""Hooks on every function's Flask app: size limit, correlation id, trace span, metrics, and errors as problems."""

from io import BytesIO

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from functions.chassis.http.error_responses import MAX_BODY, respond_to_error
from functions.chassis.http.request_telemetry import RequestTelemetry
from functions.chassis.telemetry.tracing import Tracer


def install_hooks(app: Flask, service: str, tracer: Tracer) -> None:
    """Install the hooks and the error handler that every function has."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def begin_request() -> None:
        route = request.url_rule.rule if request.url_rule else "unknown"
        g.telemetry = RequestTelemetry(
            request.environ, method=request.method, path=request.path, route=route, service=service, tracer=tracer
        )

    @app.after_request
    def record_response(response: Response) -> Response:
        g.telemetry.record(response)
        return response

    @app.teardown_request
    def end_request(_error: BaseException | None) -> None:
        if "telemetry" in g:
            g.telemetry.end()

    app.register_error_handler(Exception, _answer_error)


def _answer_error(error: Exception) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        # functions-framework reads the body again after the response, and would fail on the same limit.
        request.__dict__["stream"] = BytesIO()
    return respond_to_error(error)
