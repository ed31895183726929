"""The outbox: events that are stored in the transaction of their cause, and published after its commit.

A row has a due time, which may be in the future: the outbox is the only timer of the system. A due row is published
by the process that holds its lease. A row that is due at once is stored with a lease for its writer; every other row
is leased by ``relay-outbox``. The row is deleted only after the bus has accepted the event.

An event is published exactly as it was stored. A relay may be older or newer than the function that stored the event,
so the relay reads only the event's attributes. The data stays the JSON text that PostgreSQL returns.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from events.envelope import Envelope, MalformedEventError
from events.reader import build_envelope
from functions.chassis.runtime.database import Connection, Database
from functions.chassis.runtime.statement import Statement, encode_array
from functions.chassis.runtime.transaction import PendingResult, Transaction
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

# The event is sent as text: the publisher sends the same text after the commit, with the same digits of every number.
_STORE = Statement(
    "INSERT INTO delivery.outbox (id, event, due_at, lease_until)"
    " SELECT id, event::jsonb, due_at, lease_until"
    " FROM json_to_recordset(:rows) AS row(id uuid, event text, due_at timestamptz, lease_until timestamptz)"
    " ON CONFLICT DO NOTHING"
)
_IS_UNLEASED: Final = "(lease_until IS NULL OR lease_until <= :now)"
IS_CLAIMABLE: Final = f"due_at <= :now AND {_IS_UNLEASED}"
"""The condition, in SQL, of a row that is due and not leased."""

_WITHDRAW = Statement(f"DELETE FROM delivery.outbox WHERE id = :id AND {_IS_UNLEASED}")  # noqa: S608 - fixed text
# A CTE that locks runs once; a subquery may run once per row and lock more than the limit. The data is selected as
# text, so that it is published without parsing and encoding it again.
_LEASE_CHOSEN = (
    " UPDATE delivery.outbox SET lease_until = :lease_until WHERE id IN (SELECT id FROM chosen)"
    " RETURNING id, due_at, CASE WHEN jsonb_typeof(event) = 'object' THEN event - 'data'::text END AS attributes,"
    " (event->'data')::text AS data"
)
_CLAIM_OLDEST = Statement(
    f"WITH chosen AS (SELECT id FROM delivery.outbox WHERE {IS_CLAIMABLE}"  # noqa: S608 - fixed text
    f" ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED){_LEASE_CHOSEN}"
)
_CLAIM_BY_ID = Statement(
    f"WITH chosen AS (SELECT id FROM delivery.outbox WHERE {IS_CLAIMABLE} AND id = ANY(:ids::uuid[])"  # noqa: S608 - fixed text
    f" FOR UPDATE SKIP LOCKED){_LEASE_CHOSEN}"
)
_READ_DOCUMENT = Statement("SELECT event FROM delivery.outbox WHERE id = :id")
_NEXT_DUE = Statement(
    "SELECT least("
    "(SELECT due_at FROM delivery.outbox WHERE lease_until IS NULL ORDER BY due_at LIMIT 1),"
    " (SELECT lease_until FROM delivery.outbox WHERE lease_until IS NOT NULL ORDER BY lease_until LIMIT 1)) AS moment"
)
_DELETE = Statement("DELETE FROM delivery.outbox WHERE id = ANY(:ids::uuid[])")
_RELEASE = Statement("UPDATE delivery.outbox SET lease_until = NULL WHERE id = ANY(:ids::uuid[])")
_RENEW = Statement(
    "UPDATE delivery.outbox SET lease_until = :lease_until WHERE id = :id AND lease_until = :own_lease_until",
)
_POSTPONE = Statement(
    "UPDATE delivery.outbox SET attempts = attempts + 1,"
    " lease_until = :now::timestamptz + least(interval '1 second' * 2 ^ least(attempts, 12), :longest::interval)"
    " WHERE id = ANY(:ids::uuid[])"
)

log = get_logger(__name__)


def store_events(
    transaction: Transaction,
    events: Iterable[tuple[Envelope, datetime]],
    *,
    leased: Container[str] = (),
    now: datetime,
) -> None:
    """Store events, each with its due time. The caller gets the lease of the events with the ids ``leased``.

    An event with an id that is already stored is ignored.
    """
    rows = [
        {
            "id": event.id,
            "event": event.to_json(),
            "due_at": due_at,
            "lease_until": now + LEASE if event.id in leased else None,
        }
        for event, due_at in events
    ]
    if rows:
        transaction.enqueue(_STORE, rows=rows)


def withdraw_event(transaction: Transaction, event_id: UUID, *, now: datetime) -> PendingResult:
    """Delete an event that is not leased. The result's ``count`` is 0 if it is gone, or is being published."""
    return transaction.enqueue(_WITHDRAW, id=event_id, now=now)


def claim_due_events(
    transaction: Transaction,
    *,
    now: datetime,
    limit: int,
    event_ids: Sequence[str] = (),
    on_broken: BrokenRowHandler | None = None,
) -> list[Envelope]:
    """Lease up to ``limit`` events that are due and not leased, and return them, oldest first.

    With ``event_ids``, up to ``limit`` ids, only these events are leased; otherwise the oldest are.

    A row that does not contain a CloudEvent is leased too and passed to ``on_broken``, or logged; the other rows are
    returned.
    """
    lease_until = now + LEASE
    if event_ids:
        ids = encode_array(event_ids[:limit])
        claimed = transaction.fetch_all(_CLAIM_BY_ID, now=now, ids=ids, lease_until=lease_until)
    else:
        claimed = transaction.fetch_all(_CLAIM_OLDEST, now=now, limit=limit, lease_until=lease_until)
    events = []
    for row in sorted(claimed, key=lambda row: row["due_at"]):
        try:
            events.append(_read_row(row["id"], row["attributes"], row["data"]))
        except MalformedEventError as error:
            document = transaction.fetch_value(_READ_DOCUMENT, id=row["id"])
            (on_broken or _log_broken_row)(row["id"], document, str(error))
    return events


def next_due_time(database: Database) -> datetime | None:
    """Return when the next row can be claimed, by its due time or the end of its lease, or None without rows."""
    [row] = database.fetch_all(_NEXT_DUE)
    moment: datetime | None = row["moment"]
    return moment


def delete_events(connection: Connection, event_ids: Iterable[str]) -> None:
    """Delete events that the bus has accepted."""
    connection.run(_DELETE, ids=encode_array(event_ids))


def renew_lease(database: Database, event_id: str, *, leased_at: datetime, now: datetime) -> bool:
    """Start the lease of an event again that this process took at ``leased_at``.

    Return False if the event was withdrawn, or if the relay has claimed it because the lease had expired.
    """
    return database.run(_RENEW, id=event_id, own_lease_until=leased_at + LEASE, lease_until=now + LEASE) == 1


def release_events(database: Database, event_ids: Iterable[str]) -> None:
    """End the lease of events that were not tried, so that the relay can claim them at once."""
    database.run(_RELEASE, ids=encode_array(event_ids))


def postpone_events(database: Database, event_ids: Iterable[str], *, now: datetime) -> None:
    """Lease events that the bus rejected until their next try: 1 s, then doubled per try, at most an hour."""
    longest = f"{MAX_RETRY_DELAY.total_seconds()} seconds"
    database.run(_POSTPONE, ids=encode_array(event_ids), now=now, longest=longest)


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


def _log_broken_row(row_id: UUID, _document: object, reason: str) -> None:
    log.error("the outbox holds a row that is not an event: %s", reason, extra={"row": str(row_id)})
