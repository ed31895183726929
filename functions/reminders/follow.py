"""Following a task: its reminders, and what the outbox is to say of them, become what the task asks for."""

from datetime import datetime

from events.fields import LAST_DAY, zone_of
from events.ids import derived_id
from events.reminder import ReminderCancelled, ReminderDue, ReminderEvent, ReminderScheduled
from events.task import Task
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.reminders import store
from functions.reminders.plan import plan, unchanged
from functions.reminders.record import Record
from functions.schedule.reminder_times import latest_delivery


def follow(work: UnitOfWork, task: Task, *, previous: Task | None = None, deleted: bool = False) -> None:
    """Bring a task's reminders up to this version of it; nothing happens where a newer one was followed before.

    ``previous`` is the task before. Where it was done, and that was not heard of, its reminders end first: a snooze
    does not outlast that.
    """
    seen = store.see(work.connection, task.id, task.version, deleted=deleted)
    if seen is None:
        return
    missed = task.version > seen + 1
    if missed and previous is not None and previous.status == "completed":
        _become(work, previous)
    _become(work, task, deleted=deleted, missed=missed)


def schedule(
    work: UnitOfWork, record: Record, *, as_of: datetime | None = None, instead_of: Record | None = None
) -> None:
    """Say that a reminder is planned, and let the outbox say at its moment that it is due.

    ``as_of`` is the change of its task by which it is planned; one by itself has none. Where the firing it replaces is
    on its way already, that one arrives as well: both moments were asked for.
    """
    if instead_of is not None and instead_of.waits:
        work.withdraw(instead_of.firing)
    emit(work, ReminderScheduled(reminder=record.reminder))
    say_when_due(work, record, as_of=as_of)


def say_when_due(work: UnitOfWork, record: Record, *, as_of: datetime | None) -> None:
    """Let the outbox say at a reminder's moment that it is due; at once where that has passed."""
    reminder = record.reminder
    until = latest_delivery(reminder.remind_at, reminder.max_lateness, zone_of(reminder.time_zone), limit=LAST_DAY)
    due = ReminderDue(reminder=reminder, until=until, as_of=as_of)
    work.emit(due, at=reminder.remind_at, event_id=record.firing)


def cancel(work: UnitOfWork, record: Record) -> None:
    """Take back a reminder's firing, and say that it is cancelled."""
    work.withdraw(record.firing)
    emit(work, ReminderCancelled(reminder=record.reminder))


def emit(work: UnitOfWork, data: ReminderEvent) -> None:
    """Say something of a reminder; a version of it is said to be so once."""
    reminder = data.reminder
    work.emit(data, event_id=derived_id(data.type, reminder.id, reminder.version))


def _become(work: UnitOfWork, task: Task, *, deleted: bool = False, missed: bool = False) -> None:
    """Let a task's reminders become what it asks for; ``missed`` tells that a version before it was not heard of."""
    known = store.of_task(work.connection, task.id)
    changes = plan(task, known, deleted=deleted)
    store.put(work.connection, [*changes.scheduled, *changes.amended, *changes.cancelled])
    for record in changes.scheduled:
        schedule(work, record, as_of=task.updated_at, instead_of=known.get(record.reminder.id))
    said_otherwise = [one for one in changes.amended if one.reminder != known[one.reminder.id].reminder]
    if missed:
        # Between the two the task may have been done and opened again: whoever heard that it was done must see that all
        # that still waits was planned after that.
        said_otherwise = [*changes.amended, *unchanged(known, changes)]
    for record in said_otherwise:
        _say_it_differently(work, record, as_of=task.updated_at)
    for record in changes.cancelled:
        cancel(work, record)


def _say_it_differently(work: UnitOfWork, record: Record, *, as_of: datetime) -> None:
    """Replace what waits in the outbox by what the task says now; what is on its way stays as it was."""
    if record.waits and work.withdraw(record.firing):
        say_when_due(work, record, as_of=as_of)
