"""The outbox: events committed with what caused them, published right after, or at a time of their own.

A row with ``due_at`` ahead is the system's only timer. A row that is due is published by whoever holds its lease:
its writer, which is born with it, or else ``relay-outbox``. It is taken away only after the bus has the event.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from events.data import EventData
from events.encoding import MalformedEventError, decode_document, encode_document
from events.event import Event
from functions.chassis.tables import outbox
from functions.chassis.telemetry.logs import get_logger

TICK = timedelta(seconds=65)
"""How long the clock's next tick may be away: a minute, its random delay, and a cold start.

What falls due sooner needs a wake-up of its own.
"""

LEASE = timedelta(seconds=75)
"""How long a publisher may hold a due row; longer than it ever tries (see the publisher's deadline)."""

LONGEST_WAIT = timedelta(hours=1)

Broken = Callable[[UUID, Any, str], None]
"""Takes the id and the document of a row that holds no event of this system, and the reason."""

log = get_logger(__name__)


def put(connection: Connection, events: Iterable[tuple[Event[EventData], datetime]], *, now: datetime) -> None:
    """Store events with the time each falls due; those due now are leased to the writer.

    A repeat of a stored event's id changes nothing.
    """
    rows = [
        {
            "id": UUID(event.attributes.id),
            "event": encode_document(event),
            "due_at": due_at,
            "lease_until": now + LEASE if due_at <= now else None,
        }
        for event, due_at in events
    ]
    if rows:
        connection.execute(insert(outbox).values(rows).on_conflict_do_nothing())


def withdraw(connection: Connection, event_id: UUID, *, now: datetime) -> bool:
    """Take back an event that waits for its time; False where it is gone or somebody is publishing it."""
    result = connection.execute(delete(outbox).where(outbox.c.id == event_id, _free(now)))
    return result.rowcount > 0


def _report(row_id: UUID, _document: object, reason: str) -> None:
    log.error("the outbox holds what is no event: %s", reason, extra={"row": str(row_id)})


def claim_due(
    connection: Connection, *, now: datetime, limit: int, on_broken: Broken = _report
) -> list[Event[EventData]]:
    """Lease up to ``limit`` events that are due and that nobody holds, oldest first.

    A row that cannot be read as an event is handed to ``on_broken`` and holds up none of the others.
    """
    chosen = (
        select(outbox.c.id)
        .where(outbox.c.due_at <= now, _free(now))
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # a CTE that locks runs once; a subquery might run once a row and lock more than the limit
    )
    claimed = connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(chosen.c.id)))
        .values(lease_until=now + LEASE)
        .returning(outbox.c.id, outbox.c.due_at, outbox.c.event)
    ).all()
    events = []
    for row in sorted(claimed, key=lambda row: row.due_at):
        try:
            events.append(decode_document(row.event))
        except MalformedEventError as error:
            on_broken(row.id, row.event, str(error))
    return events


def next_moment(connection: Connection) -> datetime | None:
    """Return when the next row can be published: its due time, or the end of its lease; None where none is left."""
    due = connection.scalar(
        select(outbox.c.due_at).where(outbox.c.lease_until.is_(None)).order_by(outbox.c.due_at).limit(1)
    )
    leased = connection.scalar(
        select(outbox.c.lease_until).where(outbox.c.lease_until.is_not(None)).order_by(outbox.c.lease_until).limit(1)
    )
    return min((moment for moment in (due, leased) if moment), default=None)


def remove(connection: Connection, event_ids: Sequence[str]) -> None:
    """Take away events that the bus has."""
    connection.execute(delete(outbox).where(outbox.c.id.in_([UUID(event_id) for event_id in event_ids])))


def release(connection: Connection, event_ids: Sequence[str]) -> None:
    """Give back leased events that were not tried."""
    ids = [UUID(event_id) for event_id in event_ids]
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(lease_until=None))


def postpone(connection: Connection, event_id: str, *, now: datetime) -> None:
    """Put off an event that the bus did not take: a second, doubled at each try, an hour at most."""
    row = outbox.c.id == UUID(event_id)
    attempts = connection.scalar(select(outbox.c.attempts).where(row)) or 0
    wait = min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST_WAIT)
    connection.execute(update(outbox).where(row).values(lease_until=now + wait, attempts=attempts + 1))


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
