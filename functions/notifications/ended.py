"""What is over: the tasks and reminders of which nothing that was due before needs to be told any more.

A domain asks no other's tables, so what was heard is kept here. Only its time counts: whatever of a task or a reminder
fell due up to then is over, what falls due later is not, as where the task is open again or the reminder was snoozed.
So events may come in any order, and before the notification that they end.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from events.notification import Notification
from functions.notifications.tables import ended


def note(connection: Connection, subject: UUID, at: datetime) -> None:
    """Keep that a task or a reminder was over at a moment; the newest such moment counts."""
    statement = insert(ended).values({"subject": subject, "at": at})
    statement = statement.on_conflict_do_update(
        index_elements=["subject"], set_={"at": func.greatest(ended.c.at, statement.excluded.at)}
    )
    connection.execute(statement)


def is_over(connection: Connection, notification: Notification) -> bool:
    """Tell whether what a notification reminds of was over after it fell due."""
    subjects = [one for one in (notification.task_id, notification.reminder_id) if one]
    if notification.remind_at is None or not subjects:
        return False
    wanted = select(ended.c.subject).where(ended.c.subject.in_(subjects), ended.c.at >= notification.remind_at)
    return connection.execute(wanted).first() is not None
