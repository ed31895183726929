"""The ledger: of each notification, one user's through one channel, every attempt and what was answered to it."""

from datetime import datetime

from pydantic import Field
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from events.data import Value
from events.fields import Instant
from events.notification import Notification
from functions.notifications.channels.outcome import Outcome
from functions.notifications.tables import attempts


class Attempt(Value):
    """One try of a channel. ``reason`` is why it did not work, with nothing of the address or the message in it."""

    number: int
    at: Instant
    delivered: bool
    reason: str | None = None


class Account(Value):
    """A notification with its state and next try, and the attempts so far."""

    notification: Notification
    attempts: list[Attempt] = Field(description="oldest first; none of the time before they were kept")


def enter(connection: Connection, tried: Notification, outcome: Outcome, at: datetime) -> None:
    """Keep the attempt that a notification counts as its last."""
    row = {"notification_id": tried.id, "number": tried.attempts, "at": at}
    answer = {"delivered": outcome.delivered, "reason": outcome.reason}
    connection.execute(insert(attempts).values({**row, **answer}).on_conflict_do_nothing())


def account_of(connection: Connection, notification: Notification) -> Account:
    """Return a notification's account."""
    wanted = select(attempts).where(attempts.c.notification_id == notification.id).order_by(attempts.c.number)
    rows = connection.execute(wanted).mappings().all()
    return Account(notification=notification, attempts=[Attempt.model_validate(dict(row)) for row in rows])
