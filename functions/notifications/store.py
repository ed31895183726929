"""Notifications in their table."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from events.notification import Notification
from functions.notifications.preferences import Channel
from functions.notifications.tables import notifications

_FIELDS = tuple(Notification.model_fields)


def add(connection: Connection, one: Notification, channel: Channel, *, digest: str | None = None) -> bool:
    """Store a notification and where it goes; False where it is there already."""
    row = {**_row(one), "address": channel.model_dump(mode="json", by_alias=True), "request_digest": digest}
    return connection.execute(insert(notifications).values(row).on_conflict_do_nothing()).rowcount > 0


def find(
    connection: Connection, notification_id: UUID, *, lock: bool = False
) -> tuple[Notification, dict[str, Any]] | None:
    """Return a notification and its channel's address."""
    wanted = select(notifications).where(notifications.c.id == notification_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return (notification_of(row), row.address) if row else None


def digest_of(connection: Connection, notification_id: UUID) -> str | None:
    """Return the digest of the request that made a notification."""
    wanted = select(notifications.c.request_digest).where(notifications.c.id == notification_id)
    digest: str | None = connection.scalar(wanted)
    return digest


def save(connection: Connection, one: Notification) -> None:
    """Store a notification's new state."""
    connection.execute(update(notifications).where(notifications.c.id == one.id).values(_row(one)))


def notification_of(row: Row[*tuple[Any, ...]]) -> Notification:
    """Return the notification in a row."""
    return Notification.model_validate({name: getattr(row, name) for name in _FIELDS})


def _row(one: Notification) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _FIELDS}
