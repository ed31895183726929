"""Cancels the reminders of a task that was completed or deleted."""

from events.event import Event
from events.task import TaskCompleted, TaskDeleted
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders.sync_reminders import sync_reminders


@reaction(TaskCompleted, TaskDeleted)
def cancel_reminders(event: Event[TaskCompleted | TaskDeleted], work: UnitOfWork) -> None:
    """Cancel what is still pending; an event that is older than the newest one seen changes nothing."""
    sync_reminders(work, event.data.task, deleted=isinstance(event.data, TaskDeleted))
