"""A reaction: an event comes in, one transaction goes through, and an empty 202 goes out."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response

from events.data import EventData
from events.event import Cause, Event
from functions.chassis.instance import Instance, current_instance
from functions.chassis.messaging import inbox
from functions.chassis.receiver import View, receiver
from functions.chassis.telemetry import context

D = TypeVar("D", bound=EventData)


def reaction(
    *heard: type[D], outside: Callable[[Event[D]], Any] | None = None
) -> Callable[[Callable[..., None]], View]:
    """Make ``handler(event, work)`` the target of a Knative Service: it runs once for each event.

    The event is claimed in the inbox in the same transaction as whatever the handler writes and says through ``work``
    (a :class:`functions.chassis.messaging.unit_of_work.UnitOfWork`): a repeat is accepted and does nothing.

    ``outside(event)`` is for what no transaction can hold, such as a call to another service. It runs before the
    transaction, not at all for an event that was handled, and what it returns is the handler's third argument. It may
    run again where the instance dies before the commit, so what it calls must know the event's id.
    """

    def decorate(handler: Callable[..., None]) -> View:
        function = handler.__name__.replace("_", "-")

        @receiver(*heard)
        @wraps(handler)
        def react(event: Event[D]) -> Response:
            instance = current_instance()
            arguments: tuple[Any, ...] = ()
            if outside is not None:
                if _was_handled(instance, function, event):
                    return accepted("duplicate")
                arguments = (outside(event),)
            with instance.unit_of_work(cause_of(event)) as work:
                if not work.claim(function, event):
                    return accepted("duplicate")
                handler(event, work, *arguments)
            return accepted("handled")

        return react

    return decorate


def accepted(outcome: str) -> Response:
    """Return the empty 202 that tells a broker to be done with an event, whatever became of it here."""
    response = Response(status=202)
    response.headers["X-Outcome"] = outcome  # for the metrics; the receiver takes it off
    del response.headers["Content-Type"]
    return response


def cause_of(event: Event[EventData]) -> Cause:
    """Return what is said in reaction to an event follows from, with a trace span of this function's own."""
    followed = event.cause
    return Cause(followed.correlationid, followed.causationid, context.current().traceparent)


def _was_handled(instance: Instance, function: str, event: Event[EventData]) -> bool:
    with instance.database.transaction() as connection:
        return inbox.is_claimed(connection, function, event)
