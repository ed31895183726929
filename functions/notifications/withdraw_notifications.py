"""What is done, gone, dismissed, put off or moved needs no telling any more: what still waits of it is not sent.

It hears of tasks as well as of reminders: of a reminder that one channel has delivered nothing more is said when its
task is done, while another channel may still wait for the end of quiet hours or for its next try.
"""

from events.event import Event
from events.fields import LATEST
from events.reminder import ReminderCancelled, ReminderScheduled, ReminderSnoozed
from events.task import TaskCompleted, TaskDeleted
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.notifications import ended

Ending = TaskCompleted | TaskDeleted | ReminderCancelled | ReminderSnoozed | ReminderScheduled


@reaction(TaskCompleted, TaskDeleted, ReminderCancelled, ReminderSnoozed, ReminderScheduled)
def withdraw_notifications(event: Event[Ending], work: UnitOfWork) -> None:
    """Keep since when it is over; whatever is to be sent looks here first. A deleted task is over for good."""
    told = event.data
    at = LATEST if isinstance(told, TaskDeleted) else event.attributes.time or work.now
    if isinstance(told, ReminderScheduled) and told.reminder.remind_at <= at:
        return  # its new moment has passed as well: it fires at once, and is not over
    subject = told.task.id if isinstance(told, TaskCompleted | TaskDeleted) else told.reminder.id
    ended.note(work.connection, subject, at)
