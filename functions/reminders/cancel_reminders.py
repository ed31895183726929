"""Cancels the reminders of a task that is done or gone."""

from events.event import Event
from events.task import TaskCompleted, TaskDeleted
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders.follow import follow


@reaction(TaskCompleted, TaskDeleted)
def cancel_reminders(event: Event[TaskCompleted | TaskDeleted], work: UnitOfWork) -> None:
    """Cancel what waits. That the task was deleted is kept, so that nothing older can plan a reminder for it."""
    follow(work, event.data.task, deleted=isinstance(event.data, TaskDeleted))
