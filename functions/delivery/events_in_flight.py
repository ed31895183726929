"""Limits the events in flight, so that the relay finishes chains of events before it starts further ones."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from functions.chassis.messaging.outbox import LEASE
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement, encode_array
from functions.chassis.runtime.transaction import Transaction

MAX_IN_FLIGHT: Final = 256
"""The number of events in flight in the whole system above which the relay starts no further ones.

More than all functions handle at once on a small cluster, and less than the queue of one writer's publisher (1,000).
"""

RECENT: Final = timedelta(seconds=5)
"""Only leases that began so recently count, so that a dead writer or a hanging subscriber blocks no further events."""

ASIDE: Final = timedelta(seconds=5)
"""How long a due event waits whose type cannot be published now, because a subscriber hangs."""

_COUNT_RECENT_LEASES = Statement(
    "SELECT count(*) FROM ("
    "SELECT FROM delivery.outbox WHERE lease_until > :since AND attempts = 0 LIMIT :max_rows"
    ") AS recent"
)
_SET_ASIDE = Statement("UPDATE delivery.outbox SET lease_until = :until WHERE id = ANY(:ids::uuid[])")


def count_startable_events(transaction: Transaction, *, now: datetime) -> int:
    """Return how many events may be published now, so that at most :data:`MAX_IN_FLIGHT` are in flight.

    An event is in flight while its row is leased: by the relay, or by the function that emitted it.
    """
    since = now + LEASE - RECENT
    return MAX_IN_FLIGHT - int(transaction.fetch_value(_COUNT_RECENT_LEASES, since=since, max_rows=MAX_IN_FLIGHT))


def set_events_aside(database: Database, event_ids: Iterable[str], *, now: datetime) -> None:
    """Make claimed events due again after :data:`ASIDE`, so that the next claim finds events of other types."""
    database.run(_SET_ASIDE, until=now + ASIDE, ids=encode_array(event_ids))
