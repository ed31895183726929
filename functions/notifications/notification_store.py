"""Loads and stores notifications and their attempts in PostgreSQL."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from events.notification import Notification, NotificationRequested
from functions.chassis.runtime.statement import Row, Statement, encode_array, insert_rows, quote_columns
from functions.chassis.runtime.transaction import PendingResult, Transaction
from functions.notifications.channels import AnyChannel
from functions.notifications.channels.channel import Channel, SendResult
from functions.notifications.notification_record import NotificationRecord

_CHANNEL: Final[TypeAdapter[Channel]] = TypeAdapter(AnyChannel)
_FIELDS: Final = tuple(Notification.model_fields)
_COLUMNS: Final = (*_FIELDS, "address", "request_digest", "falls_back_for", "as_of")
_TABLE: Final = "notifications.notifications"

SELECT_NOTIFICATIONS: Final = f"SELECT {quote_columns(_COLUMNS)} FROM {_TABLE}"  # noqa: S608 - names of columns

_INSERT = Statement(
    insert_rows(_TABLE, _COLUMNS)
    + f" WHERE NOT EXISTS (SELECT FROM {_TABLE} WHERE id = ANY(:unless::uuid[])) ON CONFLICT DO NOTHING RETURNING id"
)
_FIND = Statement(f"{SELECT_NOTIFICATIONS} WHERE id = :id")
_FIND_LOCKED = Statement(f"{SELECT_NOTIFICATIONS} WHERE id = :id FOR UPDATE")
_FIND_MANY = Statement(f"{SELECT_NOTIFICATIONS} WHERE id = ANY(:ids::uuid[])")
_FIND_MEMBERS = Statement(
    f"{SELECT_NOTIFICATIONS} WHERE gathered_by = :digest AND status = 'requested' ORDER BY created_at, id"
)
_COUNT_TRIED = Statement(f"SELECT count(*) AS tried FROM {_TABLE} WHERE falls_back_for = :cause")  # noqa: S608
_ASSIGN = Statement(f"UPDATE {_TABLE} SET gathered_by = :digest WHERE id = :id")  # noqa: S608
_UPDATE = Statement(
    f"UPDATE {_TABLE} AS old SET "  # noqa: S608
    + ", ".join(f'"{name}" = new."{name}"' for name in _FIELDS if name not in ("id", "read_at"))
    + f" FROM json_populate_recordset(NULL::{_TABLE}, :rows) AS new WHERE old.id = new.id"
)
_STORE_ATTEMPTS = Statement(
    insert_rows("notifications.attempts", ("notification_id", "number", "at", "delivered", "reason"))
    + " ON CONFLICT DO NOTHING"
)


def insert_notifications(
    transaction: Transaction, records: Collection[NotificationRecord], *, unless: Collection[UUID] = ()
) -> set[UUID]:
    """Insert notifications and return the ids of those that did not exist.

    None is inserted if a notification with an id in ``unless`` exists.
    """
    rows = [
        {
            **_to_row(record.notification),
            "address": record.channel.to_address(),
            "request_digest": record.request_digest,
            "falls_back_for": record.fallback_cause,
            "as_of": record.as_of,
        }
        for record in records
    ]
    inserted = transaction.fetch_all(_INSERT, rows=rows, unless=encode_array(unless)) if rows else []
    return {row["id"] for row in inserted}


def find_notification(
    transaction: Transaction, notification_id: UUID, *, lock: bool = False
) -> NotificationRecord | None:
    """Return a notification by its id, or None. ``lock`` makes other transactions wait that lock it too."""
    row = transaction.fetch_first(_FIND_LOCKED if lock else _FIND, id=notification_id)
    return _to_record(row) if row else None


def find_notifications(transaction: Transaction, ids: Iterable[UUID]) -> dict[UUID, NotificationRecord]:
    """Return those of the notifications that exist, by their ids."""
    rows = transaction.fetch_all(_FIND_MANY, ids=encode_array(ids))
    return {row["id"]: _to_record(row) for row in rows}


def find_pending(
    transaction: Transaction, asked: NotificationRequested, *, lock: bool = False
) -> NotificationRecord | None:
    """Return the stored notification if it waits for exactly this attempt, or None."""
    record = find_notification(transaction, asked.notification.id, lock=lock)
    if record is None:
        return None
    is_pending = record.notification.status == "requested"
    return record if is_pending and record.notification.attempts == asked.notification.attempts else None


def count_tried_channels(transaction: Transaction, cause: UUID) -> PendingResult:
    """Count the channels that were tried one after another for a cause; the result's row has the number ``tried``."""
    return transaction.enqueue(_COUNT_TRIED, cause=cause)


def assign_to_digest(transaction: Transaction, notification_id: UUID, digest_id: UUID) -> None:
    """Store that a notification waits for a digest."""
    transaction.enqueue(_ASSIGN, id=notification_id, digest=digest_id)


def find_waiting_members(transaction: Transaction, digest_id: UUID) -> list[NotificationRecord]:
    """Return the notifications that wait for a digest, oldest first."""
    return [_to_record(row) for row in transaction.fetch_all(_FIND_MEMBERS, digest=digest_id)]


def update_notifications(transaction: Transaction, updated: Iterable[Notification]) -> None:
    """Store the new states of notifications, except ``read_at``: the user may have changed it in the meantime."""
    rows = [_to_row(notification) for notification in updated]
    if rows:
        transaction.enqueue(_UPDATE, rows=rows)


def store_attempts(
    transaction: Transaction, attempted: Iterable[Notification], result: SendResult, at: datetime
) -> None:
    """Store the latest attempt of each notification; its number is the notification's count of attempts."""
    rows = [
        {
            "notification_id": notification.id,
            "number": notification.attempts,
            "at": at,
            "delivered": result.delivered,
            "reason": result.reason,
        }
        for notification in attempted
    ]
    if rows:
        transaction.enqueue(_STORE_ATTEMPTS, rows=rows)


def to_notification(row: Row) -> Notification:
    """Return the notification in a row of ``SELECT_NOTIFICATIONS``."""
    return Notification(**{name: row[name] for name in _FIELDS})


def _to_record(row: Row) -> NotificationRecord:
    return NotificationRecord(
        notification=to_notification(row),
        channel=_CHANNEL.validate_python(row["address"]),
        request_digest=row["request_digest"],
        fallback_cause=row["falls_back_for"],
        as_of=row["as_of"],
    )


def _to_row(notification: Notification) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(notification, name) for name in _FIELDS}
    if late_by := notification.late_by:
        row["late_by"] = f"{late_by.days} days {late_by.seconds} seconds {late_by.microseconds} microseconds"
    elif late_by is not None:
        row["late_by"] = "0"
    return row
