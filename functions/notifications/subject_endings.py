"""When tasks and reminders ended. Notifications that were planned before that moment are withdrawn.

The moments come from events and are stored here, because a domain does not read the tables of another one. Only the
moment counts, so events may arrive in any order, even before the notification that they end:

- A task's end covers every notification that was planned from an earlier version of the task. A notification planned
  from a later version is sent: the task is open again. A deletion covers everything.
- A reminder's end (cancelled or snoozed) covers what fell due until then. The same rule serves for a task if the
  version that a notification was planned from is unknown.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects.postgresql import insert

from events.notification import Notification
from functions.notifications.tables import ended


def store_ending(connection: Connection, subject: UUID, at: datetime) -> None:
    """Store the moment at which a task or a reminder ended. The latest moment is kept."""
    statement = insert(ended).values({"subject": subject, "at": at})
    statement = statement.on_conflict_do_update(
        index_elements=["subject"], set_={"at": func.greatest(ended.c.at, statement.excluded.at)}
    )
    connection.execute(statement)


def has_ended(connection: Connection, notification: Notification, *, as_of: datetime | None = None) -> bool:
    """Return whether the task or the reminder of a notification has ended.

    ``as_of`` is the moment of the task's change that the notification was planned from, if it is known.
    """
    subjects = [subject for subject in (notification.task_id, notification.reminder_id) if subject]
    if notification.remind_at is None or not subjects:
        return False
    fell_due, is_task = ended.c.at >= notification.remind_at, ended.c.subject == notification.task_id
    is_ended = fell_due if as_of is None else case((is_task, ended.c.at > as_of), else_=fell_due)
    query = select(ended.c.subject).where(ended.c.subject.in_(subjects), is_ended)
    return connection.execute(query).first() is not None
