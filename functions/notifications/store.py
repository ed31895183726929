"""Notifications in their table."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from events.notification import Notification
from functions.notifications.channel import Channel, masked
from functions.notifications.tables import notifications

_CHANNEL: TypeAdapter[Channel] = TypeAdapter(Channel)
_FIELDS = tuple(Notification.model_fields)


def add(
    connection: Connection,
    one: Notification,
    channel: Channel,
    *,
    digest: str | None = None,
    falls_back_for: UUID | None = None,
    as_of: datetime | None = None,
) -> bool:
    """Store a notification and where it goes, without the secret; False where it is there already.

    ``falls_back_for`` is its cause, where another channel is to be tried if this one fails; ``as_of`` the change of its
    task that it was planned by.
    """
    address = masked(channel).model_dump(mode="json", by_alias=True, exclude={"secret"})
    kept = {"address": address, "request_digest": digest, "falls_back_for": falls_back_for, "as_of": as_of}
    row = {**_row(one), **kept}
    return connection.execute(insert(notifications).values(row).on_conflict_do_nothing()).rowcount > 0


def find(connection: Connection, notification_id: UUID, *, lock: bool = False) -> tuple[Notification, Channel] | None:
    """Return a notification and the channel that it was requested for, without its secret."""
    wanted = select(notifications).where(notifications.c.id == notification_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return (notification_of(row), _CHANNEL.validate_python(row.address)) if row else None


def requested_before(connection: Connection, ids: Collection[UUID]) -> list[Notification]:
    """Return those of these notifications that are there."""
    found = connection.execute(select(notifications).where(notifications.c.id.in_(ids))).all()
    return [notification_of(row) for row in found]


def digest_of(connection: Connection, notification_id: UUID) -> str | None:
    """Return the digest of the request that made a notification."""
    wanted = select(notifications.c.request_digest).where(notifications.c.id == notification_id)
    digest: str | None = connection.scalar(wanted)
    return digest


def falls_back_for(connection: Connection, notification_id: UUID) -> UUID | None:
    """Return the cause for which another channel is to be tried where this one fails; None where none is."""
    wanted = select(notifications.c.falls_back_for).where(notifications.c.id == notification_id)
    cause: UUID | None = connection.scalar(wanted)
    return cause


def as_of(connection: Connection, notification_id: UUID) -> datetime | None:
    """Return the change of its task that a notification was planned by, where that is known."""
    wanted = select(notifications.c.as_of).where(notifications.c.id == notification_id)
    planned: datetime | None = connection.scalar(wanted)
    return planned


def tried_for(connection: Connection, cause: UUID) -> int:
    """Return through how many channels a cause was sent, one after another."""
    wanted = select(func.count()).where(notifications.c.falls_back_for == cause)
    return connection.scalar(wanted) or 0


def still_waits(connection: Connection, notification_id: UUID) -> bool:
    """Tell whether a notification is not settled yet, nor will be before the commit."""
    wanted = select(notifications.c.status).where(notifications.c.id == notification_id).with_for_update()
    return connection.scalar(wanted) == "requested"


def gather(connection: Connection, member: UUID, digest: UUID) -> None:
    """Let a notification wait for a digest."""
    connection.execute(update(notifications).where(notifications.c.id == member).values(gathered_by=digest))


def gathered_by(connection: Connection, digest: UUID) -> list[Notification]:
    """Return what still waits for a digest, oldest first."""
    wanted = select(notifications).where(notifications.c.gathered_by == digest, notifications.c.status == "requested")
    found = connection.execute(wanted.order_by(notifications.c.created_at, notifications.c.id)).all()
    return [notification_of(row) for row in found]


def save(connection: Connection, one: Notification) -> None:
    """Store a notification's new state. What its user marks as read meanwhile stays so: that is not part of it."""
    row = {name: value for name, value in _row(one).items() if name != "read_at"}
    connection.execute(update(notifications).where(notifications.c.id == one.id).values(row))


def notification_of(row: Row[*tuple[Any, ...]]) -> Notification:
    """Return the notification in a row."""
    return Notification.model_validate({name: getattr(row, name) for name in _FIELDS})


def _row(one: Notification) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _FIELDS}
