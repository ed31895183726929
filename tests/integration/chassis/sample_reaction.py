"""A reaction for tests: it emits one event now and one in an hour, and fails if the task's title asks for it."""

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
    """Emit two events, then withdraw one or fail, as the title says. A failed reaction must publish no event."""
    reminder = a_reminder()
    work.emit(ReminderScheduled(reminder=reminder), event_id=derived_id(event.attributes.id, "scheduled"))
    work.emit(ReminderDue(reminder=reminder), at=work.now + timedelta(hours=1), event_id=derived_id("due"))
    match event.data.task.title:
        case "withdraw":
            assert work.withdraw(derived_id("due"))
        case "reject":
            raise Problem(422, "title: is rejected by this test")
        case "break":
            raise ZeroDivisionError("private text")
