"""The inbox: records which events a function has handled, so that a duplicate has no second effect."""

from datetime import datetime

from events.data import EventData
from events.event import Event
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import Transaction

_CLAIM = Statement(
    "INSERT INTO delivery.inbox (function, source, id, claimed_at) VALUES (:function, :source, :id, :now)"
    " ON CONFLICT DO NOTHING"
)
_FIND_CLAIM = Statement(
    "SELECT 1 FROM delivery.inbox WHERE function = :function AND source = :source AND id = :id",
)


class DuplicateEventError(Exception):
    """The function has handled the event before."""


def claim_event(transaction: Transaction, function: str, event: Event[EventData], *, now: datetime) -> None:
    """Claim ``(function, source, id)`` of an event, together with the transaction's first statements.

    The claim is sent with the next exchange, which raises :class:`DuplicateEventError` if the event is claimed already.

    The claim belongs in the transaction of the event's effects. A second transaction that claims the same event waits
    for the first one, and gets the claim only if the first one rolls back.
    """
    attributes = event.attributes
    transaction.enqueue_checked(
        _CLAIM, _check_claim, function=function, source=attributes.source, id=attributes.id, now=now
    )


def is_event_claimed(database: Database, function: str, event: Event[EventData]) -> bool:
    """Return whether a function has handled an event. For functions that act outside the transaction first."""
    attributes = event.attributes
    claim = database.fetch_first(_FIND_CLAIM, function=function, source=attributes.source, id=attributes.id)
    return claim is not None


def _check_claim(count: int) -> None:
    if count == 0:
        raise DuplicateEventError
