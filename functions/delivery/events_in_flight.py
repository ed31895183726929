"""Limits the events in flight, so that the relay finishes chains of events before it starts further ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from functions.chassis.messaging.outbox import LEASE

MAX_IN_FLIGHT: Final = 256
"""The number of events in flight in the whole system above which the relay starts no further ones.

More than all functions handle at once on a small cluster, and less than the queue of one writer's publisher (1,000).
"""

RECENT: Final = timedelta(seconds=5)
"""Only leases that began so recently count, so that a dead writer or a hanging subscriber blocks no further events."""

ASIDE: Final = timedelta(seconds=5)
"""How long a due event waits whose type cannot be published now, because a subscriber hangs."""

_COUNT_RECENT_LEASES = text("""
    SELECT count(*) FROM (
        SELECT FROM delivery.outbox WHERE lease_until > :since AND attempts = 0 LIMIT :max_rows
    ) AS recent
""")

_SET_ASIDE = text("UPDATE delivery.outbox SET lease_until = :until WHERE id = ANY(CAST(:ids AS uuid[]))")


def count_startable_events(connection: Connection, *, now: datetime) -> int:
    """Return how many events may be published now, so that at most :data:`MAX_IN_FLIGHT` are in flight.

    An event is in flight while its row is leased: by the relay, or by the function that emitted it.
    """
    values = {"since": now + LEASE - RECENT, "max_rows": MAX_IN_FLIGHT}
    return MAX_IN_FLIGHT - int(connection.scalar(_COUNT_RECENT_LEASES, values) or 0)


def set_events_aside(connection: Connection, event_ids: Sequence[str], *, now: datetime) -> None:
    """Make claimed events due again after :data:`ASIDE`, so that the next claim finds events of other types."""
    ids = [UUID(event_id) for event_id in event_ids]
    connection.execute(_SET_ASIDE, {"until": now + ASIDE, "ids": ids})
