"""Receiving an event over HTTP: decoded and validated, or refused so that a broker knows what to do with it.

Both Knative brokers take any body that is no CloudEvent for a failure, so a success has none. What each status means
to them is in the README of this folder.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import functions_framework
from flask import Request, Response
from flask.typing import ResponseReturnValue

from events.data import EventData
from events.encoding import decode_event
from events.envelope import MalformedEventError
from events.event import Event
from functions.chassis.http.function_app import prepare_app
from functions.chassis.http.problem import Problem
from functions.chassis.instance import current_instance
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import processing
from functions.chassis.telemetry.logs import get_logger

View = Callable[[Request], ResponseReturnValue]
D = TypeVar("D", bound=EventData)

log = get_logger(__name__)


def receiver(*types: type[D]) -> Callable[[Callable[[Event[D]], Response]], View]:
    """Make a function of one event the target of a Knative Service.

    ``types`` are the types it takes; every event of the catalogue where none is given. An event that is malformed or
    of another type is answered with 400, which no broker tries again. What the function raises is answered as in
    :func:`functions.chassis.http.app_hooks.install_hooks`.
    """

    def decorate(handler: Callable[[Event[D]], Response]) -> View:
        prepare_app(handler.__name__.replace("_", "-"))

        @functions_framework.http
        @wraps(handler)
        def view(request: Request) -> Response:
            if request.method != "POST" or request.path != "/":
                raise Problem(404 if request.path != "/" else 405, "an event is posted to /", headers={"Allow": "POST"})
            try:
                event = decode_event(dict(request.headers), request.get_data())
            except MalformedEventError as error:
                metrics.handled("unknown", "malformed", 0.0, 0.0)
                raise Problem(400, str(error)) from None
            if types and not isinstance(event.data, types):
                metrics.handled(event.attributes.type, "misrouted", 0.0, 0.0)
                raise Problem(400, f"type: {event.attributes.type} is not what this function hears")
            return _handle(handler, event, request.headers.get("traceparent"))  # type: ignore[arg-type] # narrowed by types just above

        view.subscribes = types  # type: ignore[attr-defined] # for whoever holds the list of functions against the code
        return view

    return decorate


def _handle(handler: Callable[[Event[D]], Response], event: Event[D], came: str | None) -> Response:
    instance = current_instance()
    attributes = event.attributes.model_dump()
    started = time.perf_counter()
    outcome = "failed"
    with processing(instance.tracer, attributes, service=instance.settings.service_name, came=came) as span:
        try:
            response = handler(event)
            outcome = response.headers.pop("X-Outcome", "handled")
        except Problem as problem:
            outcome = "refused" if problem.status < 500 else "failed"  # noqa: PLR2004 - RFC 9110, section 15.6
            span.fail(str(problem.status))
            raise
        finally:
            said_at = event.attributes.time
            late = (instance.clock() - said_at).total_seconds() if said_at else 0.0
            metrics.handled(event.attributes.type, outcome, time.perf_counter() - started, late)
            span.note({"todo.outcome": outcome})
        log.info("event %s", outcome)
    return response
