"""What users see of their notifications: the list, each attempt, and which ones they have read.

Only notifications that were delivered in the app can be read or unread.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from events.data import Value
from events.fields import Instant
from events.notification import Notification, NotificationStatus
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.request_models import PageQuery
from functions.chassis.runtime.database import Connection, Database
from functions.chassis.runtime.keyset_statement import make_keyset_statement
from functions.chassis.runtime.statement import Row, Statement
from functions.chassis.runtime.transaction import Transaction
from functions.notifications.channels.in_app import IN_APP
from functions.notifications.notification_store import SELECT_NOTIFICATIONS, to_notification

_IS_DELIVERED_IN_APP: Final = f"user_id = :user_id AND channel = '{IN_APP}' AND status = 'delivered'"
_IS_UNREAD: Final = f"{_IS_DELIVERED_IN_APP} AND read_at IS NULL"

_FIND_ATTEMPTS = Statement(
    'SELECT number, "at", delivered, reason FROM notifications.attempts WHERE notification_id = :id ORDER BY number'
)
_COUNT = Statement(
    "SELECT count(read_at) AS read, count(*) AS total FROM notifications.notifications"  # noqa: S608 - fixed text
    f" WHERE {_IS_DELIVERED_IN_APP}"
)
_MARK = Statement("UPDATE notifications.notifications SET read_at = :read_at WHERE id = :id")
_MARK_ALL = Statement(
    f"UPDATE notifications.notifications SET read_at = :read_at WHERE {_IS_UNREAD}"  # noqa: S608 - fixed text
)


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


def list_user_notifications(database: Database, user_id: str, query: NotificationQuery) -> Page[Notification]:
    """Return a page of a user's notifications, newest first; raises the 400 of an invalid cursor."""
    values = {name: value for name in ("status", "channel") if (value := getattr(query, name))}
    conditions = ["user_id = :user_id", *(f"{name} = :{name}" for name in values)]
    if query.unread is not None:
        conditions.append(_IS_UNREAD if query.unread else f"{_IS_DELIVERED_IN_APP} AND read_at IS NOT NULL")
    page, values = make_keyset_statement(
        SELECT_NOTIFICATIONS,
        conditions,
        {**values, "user_id": user_id},
        order=("created_at", "id"),
        after=decode_cursor(query.cursor, (CursorTime, UUID)),
        limit=query.limit,
        newest_first=True,
    )
    rows = database.fetch_all(page, **values)
    return make_page(rows, query.limit, item=to_notification, key=_key)


def load_account(transaction: Transaction, notification: Notification) -> Account:
    """Return a notification with its attempts."""
    rows = transaction.fetch_all(_FIND_ATTEMPTS, id=notification.id)
    return Account(notification=notification, attempts=[Attempt.model_validate(row) for row in rows])


def load_counts(connection: Connection, user_id: str) -> Counts:
    """Count a user's read and unread notifications."""
    [row] = connection.fetch_all(_COUNT, user_id=user_id)
    return Counts(read=row["read"], unread=row["total"] - row["read"])


def store_read_mark(transaction: Transaction, notification_id: UUID, read_at: datetime | None) -> None:
    """Store when a notification was read; None marks it as unread."""
    transaction.enqueue(_MARK, id=notification_id, read_at=read_at)


def store_read_marks(transaction: Transaction, user_id: str, read_at: datetime) -> None:
    """Mark all unread notifications of a user as read."""
    transaction.enqueue(_MARK_ALL, user_id=user_id, read_at=read_at)


def _key(row: Row) -> tuple[datetime, UUID]:
    return row["created_at"], row["id"]
