"""Emits a reminder's events: scheduled, due at its moment, cancelled."""

from datetime import datetime

from events.fields import LAST_DAY, zone_of
from events.ids import derived_id
from events.reminder import ReminderCancelled, ReminderDue, ReminderEvent, ReminderScheduled
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.reminders.reminder_record import ReminderRecord
from functions.schedule.reminder_times import latest_delivery


def schedule_firing(
    work: UnitOfWork,
    record: ReminderRecord,
    *,
    as_of: datetime | None = None,
    replaces: ReminderRecord | None = None,
) -> None:
    """Emit that a reminder is scheduled, and put its ReminderDue into the outbox for its moment.

    ``as_of`` is the time of the task's change that led to the schedule, or None for a reminder without a task.
    ``replaces`` is the record before the change: its ReminderDue is withdrawn. If that event is being published
    already, the reminder fires at both moments.
    """
    if replaces is not None and replaces.is_pending:
        work.withdraw(replaces.firing_id)
    emit_reminder_event(work, ReminderScheduled(reminder=record.reminder))
    emit_when_due(work, record, as_of=as_of)


def emit_when_due(work: UnitOfWork, record: ReminderRecord, *, as_of: datetime | None) -> None:
    """Put a reminder's ReminderDue into the outbox for its moment, or for now if the moment has passed."""
    reminder = record.reminder
    until = latest_delivery(reminder.remind_at, reminder.max_lateness, zone_of(reminder.time_zone), limit=LAST_DAY)
    due = ReminderDue(reminder=reminder, until=until, as_of=as_of)
    work.emit(due, at=reminder.remind_at, event_id=record.firing_id)


def reissue_firing(work: UnitOfWork, record: ReminderRecord, *, as_of: datetime) -> None:
    """Replace a waiting ReminderDue by one with the current details; leave one that is being published."""
    if record.is_pending and work.withdraw(record.firing_id).count:
        emit_when_due(work, record, as_of=as_of)


def cancel_firing(work: UnitOfWork, record: ReminderRecord) -> None:
    """Withdraw a reminder's ReminderDue, and emit that the reminder is cancelled."""
    work.withdraw(record.firing_id)
    emit_reminder_event(work, ReminderCancelled(reminder=record.reminder))


def emit_reminder_event(work: UnitOfWork, data: ReminderEvent) -> None:
    """Emit an event about a version of a reminder; each type is emitted once for each version."""
    reminder = data.reminder
    work.emit(data, event_id=derived_id(data.type, reminder.id, reminder.version))
