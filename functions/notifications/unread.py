"""What a user has read of what was delivered in the app, and what not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from events.data import Value
from functions.notifications.tables import notifications as rows


class Counts(Value):
    """How many notifications in the app were read, and how many were not."""

    read: int
    unread: int


def count(connection: Connection, user: str) -> Counts:
    """Count what was delivered in the app."""
    wanted = select(func.count(rows.c.read_at), func.count()).where(_delivered_in_app(user))
    read, total = connection.execute(wanted).one()
    return Counts(read=read, unread=total - read)


def mark(connection: Connection, notification_id: UUID, read_at: datetime | None) -> None:
    """Mark a notification as read at a moment; as not read where there is none."""
    connection.execute(update(rows).where(rows.c.id == notification_id).values(read_at=read_at))


def mark_all(connection: Connection, user: str, now: datetime) -> None:
    """Mark as read what was delivered in the app so far."""
    connection.execute(update(rows).where(is_unread(user)).values(read_at=now))


def is_unread(user: str) -> ColumnElement[bool]:
    """Return the condition of what :func:`count` counts as unread."""
    return and_(_delivered_in_app(user), rows.c.read_at.is_(None))


def is_read(user: str) -> ColumnElement[bool]:
    """Return the condition of what :func:`count` counts as read."""
    return and_(_delivered_in_app(user), rows.c.read_at.is_not(None))


def _delivered_in_app(user: str) -> ColumnElement[bool]:
    return and_(rows.c.user_id == user, rows.c.channel == "inApp", rows.c.status == "delivered")
