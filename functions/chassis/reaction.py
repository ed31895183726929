"""The decorator ``reaction``: a function that handles each event once, in one transaction, and emits events."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from events.data import EventData
from events.event import Cause, Event
from functions.chassis.http.health import WarmUp
from functions.chassis.instance import current_instance
from functions.chassis.messaging.inbox import DuplicateEventError, is_event_claimed
from functions.chassis.receiver import Accepted, View, receiver
from functions.chassis.telemetry.context import current_context

D = TypeVar("D", bound=EventData)


def reaction(
    *types: type[D],
    before_transaction: Callable[[Event[D]], Any] | None = None,
    warm_up: WarmUp | None = None,
) -> Callable[[Callable[..., None]], View]:
    """Make ``handler(event, work)`` the target of a Knative Service; it runs once for each event of ``types``.

    ``work`` is a :class:`functions.chassis.messaging.unit_of_work.UnitOfWork`. Its transaction contains the claim of
    the event in the inbox, and everything that the handler writes and emits. A duplicate is accepted without effect.

    A handler loads rows, calls a pure function that decides, and saves the decision. The claim is sent with the first
    statement that the handler runs: for a duplicate this statement raises, and the rest of the handler does not run.

    ``before_transaction(event)`` is for effects that no transaction can hold, such as a call to another service. It
    runs before the transaction, but not for an event that was handled before. Its result is the handler's third
    argument. It runs again if the instance dies before the commit, so it must be idempotent by the event's id.

    ``warm_up`` is as in :func:`functions.chassis.receiver.receiver`.
    """

    def decorate(handler: Callable[..., None]) -> View:
        function = handler.__name__.replace("_", "-")

        @receiver(*types, warm_up=warm_up)
        @wraps(handler)
        def react(event: Event[D]) -> Accepted:
            instance = current_instance()
            arguments: tuple[Any, ...] = ()
            if before_transaction is not None:
                if is_event_claimed(instance.database, function, event):
                    return Accepted("duplicate")
                arguments = (before_transaction(event),)
            try:
                with instance.unit_of_work(continue_cause(event)) as work:
                    work.claim(function, event)
                    handler(event, work, *arguments)
            except DuplicateEventError:
                return Accepted("duplicate")
            return Accepted("handled")

        return react

    return decorate


def continue_cause(event: Event[EventData]) -> Cause:
    """Return the cause of the events that a handler emits: the handled event, in the current trace span."""
    cause = event.cause
    return Cause(cause.correlationid, cause.causationid, current_context().traceparent)
