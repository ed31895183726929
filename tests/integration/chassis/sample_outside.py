"""A reaction to try the chassis with, that does something outside of its transaction first."""

from events.event import Event
from events.ids import derived_id
from events.reminder import ReminderScheduled
from events.task import TaskCreated
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.chassis.reaction import reaction
from tests.samples import a_reminder

calls: list[str] = []


def call_somebody(event: Event[TaskCreated]) -> str:
    """Remember that somebody was called."""
    calls.append(event.attributes.id)
    return f"call {len(calls)}"


@reaction(TaskCreated, before_transaction=call_somebody)
def sample_outside(event: Event[TaskCreated], work: UnitOfWork, outcome: str) -> None:
    """Say what came of the call."""
    work.emit(ReminderScheduled(reminder=a_reminder(title=outcome)), event_id=derived_id(event.attributes.id))
