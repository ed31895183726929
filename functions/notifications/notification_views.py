"""What users see of their notifications: the list, each attempt, and which ones they have read.

Only notifications that were delivered in the app can be read or unread.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_, update

from events.data import Value
from events.fields import Instant
from events.notification import Notification, NotificationStatus
from functions.chassis.http.pagination import CursorTime, decode_cursor
from functions.chassis.http.request_models import PageQuery
from functions.notifications.channels.in_app import IN_APP
from functions.notifications.tables import attempts, notifications


class NotificationQuery(PageQuery):
    """Which notifications to list."""

    status: NotificationStatus | None = None
    channel: Annotated[str | None, Field(max_length=50, description="only those through this type of channel")] = None
    unread: Annotated[
        bool | None, Field(description="only those delivered in the app that are unread, or only those that are read")
    ] = None


class Attempt(Value):
    """One attempt. ``reason`` explains a failure, and contains neither the address nor the message."""

    number: int
    at: Instant
    delivered: bool
    reason: str | None = None


class Account(Value):
    """A notification with its state and its attempts so far."""

    notification: Notification
    attempts: list[Attempt] = Field(description="oldest first; attempts from before this log existed are missing")


class Counts(Value):
    """How many notifications that were delivered in the app are read, and how many are unread."""

    read: int
    unread: int


def find_notification_rows(
    connection: Connection, user_id: str, query: NotificationQuery
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return a page of a user's rows, newest first, and one row more if there is a next page.

    Raises the 400 of a cursor that does not belong to this list.
    """
    after = decode_cursor(query.cursor, (CursorTime, UUID))
    rows = select(notifications).where(notifications.c.user_id == user_id)
    if query.status:
        rows = rows.where(notifications.c.status == query.status)
    if query.channel:
        rows = rows.where(notifications.c.channel == query.channel)
    if query.unread is not None:
        rows = rows.where(_is_unread(user_id) if query.unread else _is_read(user_id))
    if after is not None:
        rows = rows.where(tuple_(notifications.c.created_at, notifications.c.id) < after)
    rows = rows.order_by(notifications.c.created_at.desc(), notifications.c.id.desc()).limit(query.limit + 1)
    return connection.execute(rows).all()


def load_account(connection: Connection, notification: Notification) -> Account:
    """Return a notification with its attempts."""
    query = select(attempts).where(attempts.c.notification_id == notification.id).order_by(attempts.c.number)
    rows = connection.execute(query).mappings().all()
    return Account(notification=notification, attempts=[Attempt.model_validate(dict(row)) for row in rows])


def load_counts(connection: Connection, user_id: str) -> Counts:
    """Count a user's read and unread notifications."""
    query = select(func.count(notifications.c.read_at), func.count()).where(_is_delivered_in_app(user_id))
    read, total = connection.execute(query).one()
    return Counts(read=read, unread=total - read)


def store_read_mark(connection: Connection, notification_id: UUID, read_at: datetime | None) -> None:
    """Store when a notification was read; None marks it as unread."""
    connection.execute(update(notifications).where(notifications.c.id == notification_id).values(read_at=read_at))


def store_read_marks(connection: Connection, user_id: str, read_at: datetime) -> None:
    """Mark all unread notifications of a user as read."""
    connection.execute(update(notifications).where(_is_unread(user_id)).values(read_at=read_at))


def _is_unread(user_id: str) -> ColumnElement[bool]:
    return and_(_is_delivered_in_app(user_id), notifications.c.read_at.is_(None))


def _is_read(user_id: str) -> ColumnElement[bool]:
    return and_(_is_delivered_in_app(user_id), notifications.c.read_at.is_not(None))


def _is_delivered_in_app(user_id: str) -> ColumnElement[bool]:
    return and_(
        notifications.c.user_id == user_id, notifications.c.channel == IN_APP, notifications.c.status == "delivered"
    )
