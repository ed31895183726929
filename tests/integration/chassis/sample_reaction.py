"""A reaction to try the chassis with: it says a reminder now and one in an hour, or fails as the task's title says."""

from datetime import timedelta

from events.event import Event
from events.ids import derived_id
from events.reminder import ReminderDue, ReminderScheduled
from events.task import TaskCompleted, TaskCreated
from functions.chassis.http.problem import Problem
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from tests.samples import a_reminder


@reaction(TaskCreated, TaskCompleted)
def sample_reaction(event: Event[TaskCreated | TaskCompleted], work: UnitOfWork) -> None:
    """Say, then fail where the task asks for it: what was said must not get out."""
    reminder = a_reminder()
    work.emit(ReminderScheduled(reminder=reminder), event_id=derived_id(event.attributes.id, "scheduled"))
    work.emit(ReminderDue(reminder=reminder), at=work.now + timedelta(hours=1), event_id=derived_id("due"))
    match event.data.task.title:
        case "withdraw":
            assert work.withdraw(derived_id("due"))
        case "refuse":
            raise Problem(422, "title: is not to my liking")
        case "break":
            raise ZeroDivisionError("a private matter")
