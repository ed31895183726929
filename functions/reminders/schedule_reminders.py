"""Schedules the reminders of a task that was created, updated or reopened."""

from events.event import Event
from events.task import TaskCreated, TaskReopened, TaskUpdated
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders.sync_reminders import sync_reminders


@reaction(TaskCreated, TaskUpdated, TaskReopened)
def schedule_reminders(event: Event[TaskCreated | TaskUpdated | TaskReopened], work: UnitOfWork) -> None:
    """Bring the reminders in line with the task; an event that is older than the newest one seen changes nothing."""
    sync_reminders(work, event.data.task, previous=event.data.previous)
