"""A reaction for tests that calls another system before its transaction."""

from events.event import Event
from events.ids import derived_id
from events.reminder import ReminderScheduled
from events.task import TaskCreated
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from tests.samples import a_reminder

calls: list[str] = []


def call_outside(event: Event[TaskCreated]) -> str:
    """Record a call, and return its number as text."""
    calls.append(event.attributes.id)
    return f"call {len(calls)}"


@reaction(TaskCreated, before_transaction=call_outside)
def sample_outside_call(event: Event[TaskCreated], work: UnitOfWork, result: str) -> None:
    """Emit an event whose reminder has the call's result as its title."""
    work.emit(ReminderScheduled(reminder=a_reminder(title=result)), event_id=derived_id(event.attributes.id))
