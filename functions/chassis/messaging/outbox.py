"""The outbox: events that are stored in the transaction of their cause, and published after its commit.

A row has a due time, which may be in the future: the outbox is the only timer of the system. A due row is published
by the process that holds its lease. A row that is due at once is stored with a lease for its writer; every other row
is leased by ``relay-outbox``. The row is deleted only after the bus has accepted the event.

An event is published exactly as it was stored. A relay may be older or newer than the function that stored the event,
so the relay reads only the event's attributes. The data stays the JSON text that PostgreSQL returns.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, case, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from events.envelope import Envelope, MalformedEventError
from events.reader import build_envelope
from functions.chassis.messaging.tables import outbox
from functions.chassis.telemetry.logs import get_logger

WAKE_AHEAD = timedelta(seconds=8)
"""How long before an event is due the relay wakes the functions that the event concerns.

A reminder that found its four functions at zero was 3.4 to 5.4 s late on two cores, and 8 s leave a margin for a busier
node. A shorter ``window`` of a function costs further requests, a longer time costs pod-seconds.
"""

MAX_TICK_INTERVAL = timedelta(seconds=65) + WAKE_AHEAD
"""The longest time until the clock's next tick, and until that tick's relay can have woken other functions.

It consists of a minute, the tick's random delay, a cold start of the relay, and :data:`WAKE_AHEAD`. An event that is
due earlier needs its own wake-up of the relay.
"""

LEASE = timedelta(seconds=75)
"""How long a publisher owns a due row. Longer than a publisher tries (see the deadlines of the publisher)."""

MAX_RETRY_DELAY = timedelta(hours=1)

BrokenRowHandler = Callable[[UUID, Any, str], None]
"""Called as ``handle(row_id, document, reason)`` for a row that does not contain a CloudEvent."""

_ATTRIBUTES: ColumnElement[Any] = case(
    (func.jsonb_typeof(outbox.c.event) == "object", outbox.c.event.op("-", return_type=JSONB())(literal("data", Text)))
)
_DATA: ColumnElement[str | None] = cast(outbox.c.event["data"], Text)
"""Selected as text, so that the data is published without parsing and encoding it again."""

log = get_logger(__name__)


def store_events(connection: Connection, events: Iterable[tuple[Envelope, datetime]], *, now: datetime) -> None:
    """Store events, each with its due time. The caller gets the lease of those that are due.

    An event with an id that is already stored is ignored.
    """
    rows = [
        {
            "id": UUID(event.id),
            # As text: the publisher sends the same text after the commit, with the same digits of every number.
            "event": cast(literal(event.to_json(), Text), JSONB),
            "due_at": due_at,
            "lease_until": now + LEASE if due_at <= now else None,
        }
        for event, due_at in events
    ]
    if rows:
        connection.execute(insert(outbox).values(rows).on_conflict_do_nothing())


def withdraw_event(connection: Connection, event_id: UUID, *, now: datetime) -> bool:
    """Delete an event that is not leased. Return False if it is gone, or is being published."""
    result = connection.execute(delete(outbox).where(outbox.c.id == event_id, _is_unleased(now)))
    return result.rowcount > 0


def _log_broken_row(row_id: UUID, _document: object, reason: str) -> None:
    log.error("the outbox holds a row that is not an event: %s", reason, extra={"row": str(row_id)})


def claim_due_events(
    connection: Connection, *, now: datetime, limit: int, on_broken: BrokenRowHandler = _log_broken_row
) -> list[Envelope]:
    """Lease up to ``limit`` events that are due and not leased, and return them, oldest first.

    A row that does not contain a CloudEvent is leased too and passed to ``on_broken``; the other rows are returned.
    """
    chosen = (
        select(outbox.c.id)
        .where(outbox.c.due_at <= now, _is_unleased(now))
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # a CTE that locks runs once; a subquery may run once per row and lock more than the limit
    )
    claimed = connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(chosen.c.id)))
        .values(lease_until=now + LEASE)
        .returning(outbox.c.id, outbox.c.due_at, _ATTRIBUTES.label("attributes"), _DATA.label("data"))
    ).all()
    events = []
    for row in sorted(claimed, key=lambda row: row.due_at):
        try:
            events.append(_read_row(row.id, row.attributes, row.data))
        except MalformedEventError as error:
            document = connection.scalar(select(outbox.c.event).where(outbox.c.id == row.id))
            on_broken(row.id, document, str(error))
    return events


def _read_row(row_id: UUID, attributes: object, data: str | None) -> Envelope:
    event = build_envelope(attributes, (data or "").encode())
    if not _has_id(event, row_id):
        raise MalformedEventError("id: is not the id of its row")  # the row is deleted by the event's id
    return event


def _has_id(event: Envelope, row_id: UUID) -> bool:
    try:
        return UUID(event.id) == row_id
    except ValueError:
        return False


def next_due_time(connection: Connection) -> datetime | None:
    """Return when the next row can be claimed, by its due time or the end of its lease, or None without rows."""
    due = connection.scalar(
        select(outbox.c.due_at).where(outbox.c.lease_until.is_(None)).order_by(outbox.c.due_at).limit(1)
    )
    leased = connection.scalar(
        select(outbox.c.lease_until).where(outbox.c.lease_until.is_not(None)).order_by(outbox.c.lease_until).limit(1)
    )
    return min((moment for moment in (due, leased) if moment), default=None)


def delete_events(connection: Connection, event_ids: Sequence[str]) -> None:
    """Delete events that the bus has accepted."""
    connection.execute(delete(outbox).where(outbox.c.id.in_([UUID(event_id) for event_id in event_ids])))


def release_events(connection: Connection, event_ids: Sequence[str]) -> None:
    """End the lease of events that were not tried, so that the relay can claim them at once."""
    ids = [UUID(event_id) for event_id in event_ids]
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(lease_until=None))


def postpone_event(connection: Connection, event_id: str, *, now: datetime) -> None:
    """Lease an event that the bus rejected until its next try: 1 s, then doubled per try, at most an hour."""
    row = outbox.c.id == UUID(event_id)
    attempts = connection.scalar(select(outbox.c.attempts).where(row)) or 0
    delay = min(timedelta(seconds=2 ** min(attempts, 12)), MAX_RETRY_DELAY)
    connection.execute(update(outbox).where(row).values(lease_until=now + delay, attempts=attempts + 1))


def _is_unleased(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
