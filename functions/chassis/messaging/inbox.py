"""The inbox: what a function has handled, so that a repeat has no second effect."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from events.data import EventData
from events.event import Event
from functions.chassis.messaging.tables import inbox


def claim(connection: Connection, function: str, event: Event[EventData], *, now: datetime) -> bool:
    """Claim ``(function, source, id)`` in the transaction of the effect; False where it is claimed already.

    Of two that claim at once the second waits for the first, and gets the claim only if the first rolled back.
    """
    row = {
        "function": function,
        "source": event.attributes.source,
        "id": event.attributes.id,
        "claimed_at": now,
    }
    result = connection.execute(insert(inbox).values(row).on_conflict_do_nothing())
    return result.rowcount > 0


def is_claimed(connection: Connection, function: str, event: Event[EventData]) -> bool:
    """Tell whether an event was handled, before doing what no transaction can take back."""
    claimed = select(inbox.c.id).where(
        inbox.c.function == function,
        inbox.c.source == event.attributes.source,
        inbox.c.id == event.attributes.id,
    )
    return connection.execute(claimed).first() is not None
