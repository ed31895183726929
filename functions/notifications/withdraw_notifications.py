"""Stores when tasks and reminders end, so that notifications that still wait for them are withdrawn.

The function subscribes to events of tasks as well as of reminders. A reminder that one channel has delivered emits no
event when its task is completed, while another channel may still wait for quiet hours or for its next attempt.
"""

from events.event import Event
from events.fields import LATEST
from events.reminder import ReminderCancelled, ReminderScheduled, ReminderSnoozed
from events.task import TaskCompleted, TaskDeleted
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.notifications.subject_endings import store_ending

Ending = TaskCompleted | TaskDeleted | ReminderCancelled | ReminderSnoozed | ReminderScheduled


@reaction(TaskCompleted, TaskDeleted, ReminderCancelled, ReminderSnoozed, ReminderScheduled)
def withdraw_notifications(event: Event[Ending], work: UnitOfWork) -> None:
    """Store the moment at which the task or the reminder ended. A deleted task has ended forever."""
    data = event.data
    at = LATEST if isinstance(data, TaskDeleted) else event.attributes.time or work.now
    if isinstance(data, ReminderScheduled) and data.reminder.remind_at <= at:
        return  # the reminder was moved to a moment that has passed: it falls due at once and has not ended
    subject = data.task.id if isinstance(data, TaskCompleted | TaskDeleted) else data.reminder.id
    store_ending(work.transaction, subject, at)
