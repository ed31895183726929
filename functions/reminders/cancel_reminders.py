"""Cancels the reminders of a task that was completed or deleted."""

from events.event import Event
from events.task import TaskCompleted, TaskDeleted
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders.sync_reminders import sync_reminders


@reaction(TaskCompleted, TaskDeleted)
def cancel_reminders(event: Event[TaskCompleted | TaskDeleted], work: UnitOfWork) -> None:
    """Cancel the task's pending reminders; ignore an event that is older than the newest one seen."""
    sync_reminders(work, event.data.task, is_deleted=isinstance(event.data, TaskDeleted))
