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
    *types: type[D], before_transaction: Callable[[Event[D]], Any] | None = None
) -> Callable[[Callable[..., None]], View]:
    """Make ``handler(event, work)`` the target of a Knative Service; it runs once for each event of ``types``.

    The chassis claims the event in the inbox, in the transaction of everything that the handler writes and emits
    through ``work``, a :class:`functions.chassis.messaging.unit_of_work.UnitOfWork`. A repeat is accepted and changes
    nothing. A handler loads what its decision needs, calls a pure function that decides, and saves the decision.

    ``before_transaction(event)`` does what no transaction can hold, such as a call to another service. It runs before
    the transaction, and not at all for an event that was handled before. Its result is the handler's third argument.
    It may run again if the instance dies before the commit, so it must be idempotent by the event's id.
    """

    def decorate(handler: Callable[..., None]) -> View:
        function = handler.__name__.replace("_", "-")

        @receiver(*types)
        @wraps(handler)
        def react(event: Event[D]) -> Response:
            instance = current_instance()
            arguments: tuple[Any, ...] = ()
            if before_transaction is not None:
                if _was_handled(instance, function, event):
                    return accepted("duplicate")
                arguments = (before_transaction(event),)
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
