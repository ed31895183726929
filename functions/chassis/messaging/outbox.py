"""The outbox: events committed with what caused them, published right after, or at a time of their own.

A row with ``due_at`` ahead is the system's only timer. A row that is due is published by whoever holds its lease:
its writer, which is born with it, or else ``relay-outbox``. It is taken away only after the bus has the event.

What was committed is what is published. The relay may be older than who wrote a row, or have replaced it long since: it
reads the event's attributes, and hands its data on as the text that PostgreSQL has.
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

TICK = timedelta(seconds=65)
"""How long the clock's next tick may be away: a minute, its random delay, and a cold start.

What falls due sooner needs a wake-up of its own.
"""

LEASE = timedelta(seconds=75)
"""How long a publisher may hold a due row; longer than it ever tries (see the publisher's deadline)."""

LONGEST_WAIT = timedelta(hours=1)

Broken = Callable[[UUID, Any, str], None]
"""Takes the id and the document of a row that holds no CloudEvent, and the reason."""

_ATTRIBUTES: ColumnElement[Any] = case(
    (func.jsonb_typeof(outbox.c.event) == "object", outbox.c.event.op("-", return_type=JSONB())(literal("data", Text)))
)
_DATA: ColumnElement[str | None] = cast(outbox.c.event["data"], Text)
"""What stands in for the whole event: its data is neither parsed here nor written anew."""

log = get_logger(__name__)


def put(connection: Connection, events: Iterable[tuple[Envelope, datetime]], *, now: datetime) -> None:
    """Store events with the time each falls due; those due now are leased to the writer.

    A repeat of a stored event's id changes nothing.
    """
    rows = [
        {
            "id": UUID(event.id),
            # As text: what is published right after the commit is what is stored, digit for digit.
            "event": cast(literal(event.to_json(), Text), JSONB),
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


def claim_due(connection: Connection, *, now: datetime, limit: int, on_broken: Broken = _report) -> list[Envelope]:
    """Lease up to ``limit`` events that are due and that nobody holds, oldest first.

    A row that holds no CloudEvent is handed to ``on_broken`` and holds up none of the others.
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
        .returning(outbox.c.id, outbox.c.due_at, _ATTRIBUTES.label("attributes"), _DATA.label("data"))
    ).all()
    events = []
    for row in sorted(claimed, key=lambda row: row.due_at):
        try:
            events.append(_read(row.id, row.attributes, row.data))
        except MalformedEventError as error:
            document = connection.scalar(select(outbox.c.event).where(outbox.c.id == row.id))
            on_broken(row.id, document, str(error))
    return events


def _read(row_id: UUID, attributes: object, data: str | None) -> Envelope:
    event = build_envelope(attributes, (data or "").encode())
    if not _is(event.id, row_id):
        raise MalformedEventError("id: is not that of its row")  # by which it is taken away once it is out
    return event


def _is(event_id: str, row_id: UUID) -> bool:
    try:
        return UUID(event_id) == row_id
    except ValueError:
        return False


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
