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

from events.notification import Notification
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import PendingResult, Transaction

_STORE = Statement(
    'INSERT INTO notifications.ended AS known (subject, "at") VALUES (:subject, :at)'
    ' ON CONFLICT (subject) DO UPDATE SET "at" = greatest(known."at", excluded."at")'
)
_FIND = Statement(
    "SELECT subject FROM notifications.ended"
    " WHERE subject = ANY(ARRAY[:task_id::uuid, :reminder_id::uuid]) AND :remind_at::timestamptz IS NOT NULL"
    " AND CASE WHEN subject = :task_id AND :as_of::timestamptz IS NOT NULL"
    ' THEN "at" > :as_of ELSE "at" >= :remind_at END'
)


def store_ending(transaction: Transaction, subject: UUID, at: datetime) -> None:
    """Store the moment at which a task or a reminder ended. The latest moment is kept."""
    transaction.enqueue(_STORE, subject=subject, at=at)


def find_endings(
    transaction: Transaction, notification: Notification, *, as_of: datetime | None = None
) -> PendingResult:
    """Find out whether the task or the reminder of a notification has ended: then the result has a row.

    ``as_of`` is the moment of the task's change that the notification was planned from, if it is known.
    """
    return transaction.enqueue(
        _FIND,
        task_id=notification.task_id,
        reminder_id=notification.reminder_id,
        remind_at=notification.remind_at,
        as_of=as_of,
    )
