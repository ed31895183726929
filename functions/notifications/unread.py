"""What a user has read of what was delivered in the app, and what not."""

from datetime import datetime

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


def mark_all(connection: Connection, user: str, now: datetime) -> None:
    """Mark as read what was delivered in the app so far."""
    statement = update(rows).where(_delivered_in_app(user), rows.c.read_at.is_(None))
    connection.execute(statement.values(read_at=now))


def _delivered_in_app(user: str) -> ColumnElement[bool]:
    return and_(rows.c.user_id == user, rows.c.channel == "inApp", rows.c.status == "delivered")
