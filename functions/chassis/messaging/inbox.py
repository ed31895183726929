"""The inbox: records which events a function has handled, so that a duplicate has no second effect."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from events.data import EventData
from events.event import Event
from functions.chassis.messaging.tables import inbox


def claim_event(connection: Connection, function: str, event: Event[EventData], *, now: datetime) -> bool:
    """Claim ``(function, source, id)`` of an event. Return False if it is claimed already.

    The claim belongs in the transaction of the event's effects. A second transaction that claims the same event waits
    for the first one, and gets the claim only if the first one rolls back.
    """
    row = {
        "function": function,
        "source": event.attributes.source,
        "id": event.attributes.id,
        "claimed_at": now,
    }
    result = connection.execute(insert(inbox).values(row).on_conflict_do_nothing())
    return result.rowcount > 0


def is_event_claimed(connection: Connection, function: str, event: Event[EventData]) -> bool:
    """Return whether a function has handled an event. For functions that act outside the transaction first."""
    claimed = select(inbox.c.id).where(
        inbox.c.function == function,
        inbox.c.source == event.attributes.source,
        inbox.c.id == event.attributes.id,
    )
    return connection.execute(claimed).first() is not None
