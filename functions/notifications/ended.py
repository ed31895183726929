"""What is over: the tasks and reminders of which nothing that was due before needs to be told any more.

A domain asks no other's tables, so what was heard is kept here. Only its time counts, so events may come in any order,
and before the notification that they end:

- Of a task, whatever was planned by the task as it was before it ended is over. What was planned by a later change of
  it is not: the task is open again. A deletion is the end of all.
- Of a reminder, what fell due until it was cancelled or snoozed is over, what falls due later is not. That holds of a
  task as well where it is not known by which change of it something was planned.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, case, func, select
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


def is_over(connection: Connection, notification: Notification, *, as_of: datetime | None = None) -> bool:
    """Tell whether what a notification reminds of is over.

    ``as_of`` is the change of its task that it was planned by, where that is known.
    """
    subjects = [one for one in (notification.task_id, notification.reminder_id) if one]
    if notification.remind_at is None or not subjects:
        return False
    fell_due, of_task = ended.c.at >= notification.remind_at, ended.c.subject == notification.task_id
    ends_it = fell_due if as_of is None else case((of_task, ended.c.at > as_of), else_=fell_due)
    wanted = select(ended.c.subject).where(ended.c.subject.in_(subjects), ends_it)
    return connection.execute(wanted).first() is not None
