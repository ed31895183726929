"""The decorator ``receiver``: it makes a handler of one event the target of a Knative Service.

It decodes and validates the event, and answers with a status that a Knative broker understands. The README of this
folder lists these statuses.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar

import functions_framework
from flask import Request, Response
from flask.typing import ResponseReturnValue

from events.data import EventData
from events.encoding import decode_event
from events.envelope import MalformedEventError
from events.event import Event
from functions.chassis.http.event_endpoint import PostedEvent
from functions.chassis.http.function_app import answer_events, prepare_app
from functions.chassis.http.health import WarmUp
from functions.chassis.http.problem import Problem
from functions.chassis.instance import current_instance
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import trace_handling
from functions.chassis.telemetry.logs import get_logger

View = Callable[[Request], ResponseReturnValue]
D = TypeVar("D", bound=EventData)

log = get_logger(__name__)


class _EmptyResponse(Response):
    """A response without a body and a Content-Type."""

    default_mimetype = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result of a handler that accepted its event.

    ``outcome`` is for metrics, logs and traces; the broker gets the same 202 for both values. ``retry_after`` is the
    number of seconds in the response's ``Retry-After`` header, if any.
    """

    outcome: Literal["handled", "duplicate"] = "handled"
    retry_after: int | None = None

    def to_flask_response(self) -> Response:
        """Return a 202 without a body: brokers treat any body that is not a CloudEvent as a failure."""
        response = _EmptyResponse(status=202)
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


def receiver(*types: type[D], warm_up: WarmUp | None = None) -> Callable[[Callable[[Event[D]], Accepted]], View]:
    """Make ``handler(event)`` the target of a Knative Service.

    The handler receives events of ``types``, or of the whole catalogue if none are given. It returns
    :class:`Accepted`, or raises a :class:`functions.chassis.http.problem.Problem`. An event that is malformed or of
    another type is answered with 400, which no broker tries again.

    ``warm_up(instance)`` loads what the first event needs beside the database, such as a secret. The relay requests
    it shortly before an event is due, with ``GET /warm``.
    """

    def decorate(handler: Callable[[Event[D]], Accepted]) -> View:
        def answer(posted: PostedEvent) -> Response:
            return _handle(handler, _read_event(posted, types), posted.traceparent).to_flask_response()

        if prepare_app(handler.__name__.replace("_", "-"), warm_up=warm_up):
            answer_events(answer)

        @functions_framework.http
        @wraps(handler)
        def view(request: Request) -> Response:
            raise Problem(404 if request.path != "/" else 405, "post events to /", headers={"Allow": "POST"})

        view.subscribes = types  # type: ignore[attr-defined] # a test compares it with the list of functions
        return view

    return decorate


def _read_event(posted: PostedEvent, types: tuple[type[D], ...]) -> Event[D]:
    """Return the event in a request, or raise 400."""
    try:
        event = decode_event(posted.headers, posted.body)
    except MalformedEventError as error:
        metrics.record_handled_event("unknown", "malformed", 0.0, 0.0)
        raise Problem(400, str(error)) from None
    if types and not isinstance(event.data, types):
        metrics.record_handled_event(event.attributes.type, "misrouted", 0.0, 0.0)
        raise Problem(400, f"type: this function does not subscribe to {event.attributes.type}")
    return event  # type: ignore[return-value] # narrowed by types just above


def _handle(handler: Callable[[Event[D]], Accepted], event: Event[D], request_traceparent: str | None) -> Accepted:
    instance = current_instance()
    started = time.perf_counter()
    outcome = "failed"
    with trace_handling(
        instance.tracer,
        vars(event.attributes),
        service=instance.settings.service_name,
        request_traceparent=request_traceparent,
    ) as span:
        try:
            accepted = handler(event)
            outcome = accepted.outcome
        except Problem as problem:
            outcome = "refused" if problem.status < 500 else "failed"  # noqa: PLR2004 - RFC 9110, section 15.6
            span.record_error(str(problem.status))
            raise
        finally:
            due_at = event.attributes.time
            late = (instance.clock() - due_at).total_seconds() if due_at else 0.0
            metrics.record_handled_event(event.attributes.type, outcome, time.perf_counter() - started, late)
            span.set_attributes({"todo.outcome": outcome})
        log.info("event %s", outcome)
    return accepted
