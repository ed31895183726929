"""The endpoint of events: answers ``POST /`` before Flask does, because Flask's request takes longer than an event.

Flask answers every other request of a function that handles events, such as its health pages.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, g
from werkzeug.wsgi import get_input_stream

from functions.chassis.http.error_responses import MAX_BODY, respond_to_error
from functions.chassis.http.request_telemetry import RequestTelemetry
from functions.chassis.telemetry.tracing import Tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class PostedEvent:
    """A request to the endpoint.

    ``headers`` are those that belong to the event: its attributes and the content type. ``traceparent`` is the
    request's own header, which names a span of the last hop.
    """

    headers: dict[str, str]
    body: bytes
    traceparent: str | None


class EventEndpoint:
    """A WSGI application in front of a Flask app: it passes each posted event to ``answer``, in the app's context.

    Requests have the same limit, telemetry and problems as with :mod:`functions.chassis.http.app_hooks`.
    """

    def __init__(self, app: Flask, answer: Callable[[PostedEvent], Response], service: str, tracer: Tracer) -> None:
        self._app = app
        self._answer_others = app.wsgi_app
        self._answer = answer
        self._service = service
        self._tracer = tracer

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] != "POST" or environ.get("PATH_INFO", "").strip("/"):  # Flask, too, reads // as /
            return self._answer_others(environ, start_response)
        with self._app.app_context():
            telemetry = RequestTelemetry(
                environ, method="POST", path="/", route="/", service=self._service, tracer=self._tracer
            )
            try:
                response = self._respond(environ)
                telemetry.record(response)
            finally:
                telemetry.end()
        return response(environ, start_response)

    def _respond(self, environ: "WSGIEnvironment") -> Response:
        try:
            body = get_input_stream(environ, max_content_length=MAX_BODY).read()
            g.posted_event = PostedEvent(_read_event_headers(environ), body, environ.get("HTTP_TRACEPARENT"))
            return self._answer(g.posted_event)
        except Exception as error:  # noqa: BLE001 - an unexpected error is logged and answered
            return respond_to_error(error)


def current_posted_event() -> PostedEvent:
    """Return the posted event that is being handled, as it arrived."""
    return cast("PostedEvent", g.posted_event)


def _read_event_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that belong to an event (PEP 3333, environ variables)."""
    headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_CE_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers
