"""Plans the reminders of a task that is new, changed or open again."""

from events.event import Event
from events.task import TaskCreated, TaskReopened, TaskUpdated
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from functions.reminders.follow import follow


@reaction(TaskCreated, TaskUpdated, TaskReopened)
def schedule_reminders(event: Event[TaskCreated | TaskUpdated | TaskReopened], work: UnitOfWork) -> None:
    """Make the reminders those of the task as it is now; what is older than what was seen changes nothing."""
    follow(work, event.data.task, previous=event.data.previous)
