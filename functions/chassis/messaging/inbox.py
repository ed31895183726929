"""The inbox: records which events a function has handled, so that a duplicate has no second effect."""

from collections.abc import Iterable
from datetime import datetime

from events.data import EventData
from events.event import Event
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import PendingResult, Transaction

_CLAIM = Statement(
    "INSERT INTO delivery.inbox (function, source, id, claimed_at) VALUES (:function, :source, :id, :now)"
    " ON CONFLICT DO NOTHING"
)
# The order prevents a deadlock between two instances that claim the same events.
_CLAIM_MANY = Statement(
    "INSERT INTO delivery.inbox (function, source, id, claimed_at)"
    " SELECT :function, source, id, :now::timestamptz"
    " FROM json_to_recordset(:events) AS event(source text, id text) ORDER BY source, id"
    " ON CONFLICT DO NOTHING RETURNING source, id"
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


def claim_events(
    transaction: Transaction, function: str, events: Iterable[Event[EventData]], *, now: datetime
) -> PendingResult:
    """Claim many events with the next exchange. The result has ``source`` and ``id`` of each that was not claimed yet.

    Of equal events, the first is claimed.
    """
    identities = [{"source": event.attributes.source, "id": event.attributes.id} for event in events]
    return transaction.enqueue(_CLAIM_MANY, function=function, events=identities, now=now)


def is_event_claimed(database: Database, function: str, event: Event[EventData]) -> bool:
    """Return whether a function has handled an event. For functions that act outside the transaction first."""
    attributes = event.attributes
    claim = database.fetch_first(_FIND_CLAIM, function=function, source=attributes.source, id=attributes.id)
    return claim is not None


def _check_claim(count: int) -> None:
    if count == 0:
        raise DuplicateEventError
