"""Reads and writes notifications and their attempts in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from events.notification import Notification, NotificationRequested
from functions.notifications.channels import AnyChannel
from functions.notifications.channels.channel import Channel, SendResult
from functions.notifications.notification_record import NotificationRecord
from functions.notifications.tables import attempts, notifications

_CHANNEL: TypeAdapter[Channel] = TypeAdapter(AnyChannel)
_FIELDS = tuple(Notification.model_fields)


def insert_notification(connection: Connection, record: NotificationRecord) -> bool:
    """Insert a notification; return False if its id exists already."""
    row = {
        **_to_row(record.notification),
        "address": record.channel.to_address(),
        "request_digest": record.request_digest,
        "falls_back_for": record.fallback_cause,
        "as_of": record.as_of,
    }
    return connection.execute(insert(notifications).values(row).on_conflict_do_nothing()).rowcount > 0


def find_notification(
    connection: Connection, notification_id: UUID, *, lock: bool = False
) -> NotificationRecord | None:
    """Return a notification by its id, or None. ``lock`` makes other transactions wait that lock it too."""
    query = select(notifications).where(notifications.c.id == notification_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _to_record(row) if row else None


def find_notifications(connection: Connection, ids: Collection[UUID]) -> list[NotificationRecord]:
    """Return those of the notifications that exist."""
    rows = connection.execute(select(notifications).where(notifications.c.id.in_(ids))).all()
    return [_to_record(row) for row in rows]


def find_pending(
    connection: Connection, asked: NotificationRequested, *, lock: bool = False
) -> NotificationRecord | None:
    """Return the stored notification if it waits for exactly this attempt, or None."""
    record = find_notification(connection, asked.notification.id, lock=lock)
    if record is None:
        return None
    is_pending = record.notification.status == "requested"
    return record if is_pending and record.notification.attempts == asked.notification.attempts else None


def count_tried_channels(connection: Connection, cause: UUID) -> int:
    """Return the number of channels that were tried one after another for a cause."""
    query = select(func.count()).where(notifications.c.falls_back_for == cause)
    return connection.scalar(query) or 0


def assign_to_digest(connection: Connection, notification_id: UUID, digest_id: UUID) -> None:
    """Store that a notification waits for a digest."""
    statement = update(notifications).where(notifications.c.id == notification_id)
    connection.execute(statement.values(gathered_by=digest_id))


def find_waiting_members(connection: Connection, digest_id: UUID) -> list[NotificationRecord]:
    """Return the notifications that wait for a digest, oldest first."""
    is_waiting = (notifications.c.gathered_by == digest_id) & (notifications.c.status == "requested")
    query = select(notifications).where(is_waiting).order_by(notifications.c.created_at, notifications.c.id)
    return [_to_record(row) for row in connection.execute(query).all()]


def update_notification(connection: Connection, notification: Notification) -> None:
    """Store a notification's new state, except ``read_at``: the user may have changed it in the meantime."""
    row = {name: value for name, value in _to_row(notification).items() if name != "read_at"}
    connection.execute(update(notifications).where(notifications.c.id == notification.id).values(row))


def store_attempt(connection: Connection, notification: Notification, result: SendResult, at: datetime) -> None:
    """Store the latest attempt of a notification; its number is the notification's count of attempts."""
    row = {
        "notification_id": notification.id,
        "number": notification.attempts,
        "at": at,
        "delivered": result.delivered,
        "reason": result.reason,
    }
    connection.execute(insert(attempts).values(row).on_conflict_do_nothing())


def to_notification(row: Row[*tuple[Any, ...]]) -> Notification:
    """Return the notification in a row."""
    return Notification.model_validate({name: getattr(row, name) for name in _FIELDS})


def _to_record(row: Row[*tuple[Any, ...]]) -> NotificationRecord:
    return NotificationRecord(
        notification=to_notification(row),
        channel=_CHANNEL.validate_python(row.address),
        request_digest=row.request_digest,
        fallback_cause=row.falls_back_for,
        as_of=row.as_of,
    )


def _to_row(notification: Notification) -> dict[str, Any]:
    return {name: getattr(notification, name) for name in _FIELDS}
