"""Tests of the function `schedule-reminders` over HTTP."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from events.reminder import ReminderDue
from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskReopened, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    a_task_event,
    emitted_reminder_events,
    stored_reminders,
    waiting_firings,
)
from tests.samples import NOON, TASK_ID, a_task, an_event


def test_the_reminders_of_a_new_task_are_scheduled(function: Load) -> None:
    """Each emits ReminderScheduled, and its ReminderDue waits in the outbox, all with one correlation id."""
    schedule = function("schedule-reminders")
    task = a_task(reminders=[ReminderSpec(before="PT30M"), ReminderSpec(at=NOON + 5 * MINUTE)])
    response = schedule.deliver(a_task_event(TaskCreated, task))
    assert (response.status_code, response.data) == (202, b"")
    assert sorted(emitted_reminder_events(schedule)) == [("ReminderScheduled", "12:05"), ("ReminderScheduled", "12:30")]
    assert waiting_firings(schedule) == ["12:05", "12:30"]
    due = schedule.scheduled[0]
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.task_id == TASK_ID
    assert {event.attributes.correlationid for event in [*schedule.emitted, due]} == {"a-correlation-id"}


def test_a_duplicate_event_changes_nothing(function: Load) -> None:
    """A duplicate, and another event with the same version, are accepted and ignored."""
    schedule = function("schedule-reminders")
    event = a_task_event(TaskCreated)
    for repeat in (event, event, a_task_event(TaskCreated)):
        assert schedule.deliver(repeat).status_code == 202
    assert emitted_reminder_events(schedule) == [("ReminderScheduled", "12:30")]
    assert waiting_firings(schedule) == ["12:30"]


def test_a_moved_due_date_moves_the_firing(function: Load) -> None:
    """The ReminderDue of the old moment is withdrawn, and the one of the new moment waits."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    assert emitted_reminder_events(schedule) == [("ReminderScheduled", "12:30"), ("ReminderScheduled", "13:30")]
    assert waiting_firings(schedule) == ["13:30"]
    assert stored_reminders(schedule) == [("scheduled", "13:30")]
    assert [event.attributes.moved for event in schedule.emitted] == [None, "true"]


def test_a_due_date_that_moves_there_and_back_fires_once(function: Load) -> None:
    """A ReminderDue that was withdrawn can be stored again with the same id."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=3)))
    assert waiting_firings(schedule) == ["12:30"]


def test_a_new_title_replaces_the_title_of_a_waiting_firing(function: Load) -> None:
    """The waiting ReminderDue carries the task's current title, without another ReminderScheduled."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, title="Feed the cat")))
    (due,) = schedule.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.title == "Feed the cat"
    assert len(emitted_reminder_events(schedule)) == 1


def test_a_reminder_removed_from_its_task_is_cancelled(function: Load) -> None:
    """ReminderCancelled is emitted, and no ReminderDue waits."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, reminders=[])))
    assert emitted_reminder_events(schedule)[1:] == [("ReminderCancelled", "12:30")]
    assert waiting_firings(schedule) == []


def test_an_older_version_changes_nothing(function: Load) -> None:
    """The update may arrive before the creation."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    schedule.deliver(a_task_event(TaskCreated))
    assert waiting_firings(schedule) == ["13:30"]


def test_a_new_reminder_for_a_past_moment_fires_at_once(function: Load) -> None:
    """A task that is due in an hour has a reminder one day before."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="P1D")])))
    assert sorted(schedule.emitted_types()) == ["ReminderDue", "ReminderScheduled"]
    (due,) = [event for event in schedule.emitted if isinstance(event.data, ReminderDue)]
    assert due.attributes.time == NOON
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.remind_at == NOON - 23 * 60 * MINUTE


def test_a_delivered_reminder_fires_again_only_for_a_new_moment(function: Load, clock: Any) -> None:
    """It stays delivered until its task moves it ahead; the new ReminderDue has another id."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    (first,) = schedule.scheduled
    clock.forward(minutes=31)
    schedule.database.run("DELETE FROM delivery.outbox")
    schedule.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, title="Feed the cat", updated_at=clock.now)))
    assert stored_reminders(schedule) == [("delivered", "12:30")]
    due_at = NOON + 120 * MINUTE
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=3, due_at=due_at, updated_at=clock.now)))
    assert stored_reminders(schedule) == [("scheduled", "13:30")]
    (second,) = schedule.scheduled
    assert second.attributes.id != first.attributes.id


def test_a_firing_that_is_being_published_is_not_withdrawn(function: Load, clock: Any) -> None:
    """The reminder fires at the old moment, which is leased, and again at the new moment."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.instance.publisher.wait()
    clock.forward(minutes=30)
    schedule.database.run("UPDATE delivery.outbox SET lease_until = :until", until=clock.now + MINUTE)
    moved = a_task(version=2, due_at=NOON + 120 * MINUTE, updated_at=clock.now)
    schedule.deliver(a_task_event(TaskUpdated, moved))
    schedule.instance.publisher.wait()
    waiting = schedule.database.rows("SELECT due_at FROM delivery.outbox ORDER BY due_at")
    assert [row["due_at"] for row in waiting] == [NOON + 30 * MINUTE, NOON + 90 * MINUTE]


def test_only_pending_relative_reminders_move_with_the_due_date(function: Load, clock: Any) -> None:
    """Of three reminders, one is delivered and one is absolute: only the third moves."""
    schedule = function("schedule-reminders")
    reminders = [ReminderSpec(before="PT30M"), ReminderSpec(before="PT5M"), ReminderSpec(at=NOON + 50 * MINUTE)]
    schedule.deliver(a_task_event(TaskCreated, a_task(reminders=reminders)))
    clock.forward(minutes=45)
    schedule.database.run("DELETE FROM delivery.outbox WHERE due_at <= :now", now=clock.now)
    deliver_due = (
        "UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at WHERE remind_at <= :now"
    )
    schedule.database.run(deliver_due, now=clock.now)
    moved = a_task(version=2, reminders=reminders, due_at=NOON + 70 * MINUTE, updated_at=clock.now)
    schedule.deliver(a_task_event(TaskUpdated, moved))
    assert stored_reminders(schedule) == [("delivered", "12:30"), ("scheduled", "12:50"), ("scheduled", "13:05")]
    assert waiting_firings(schedule) == ["12:50", "13:05"]


@pytest.mark.parametrize(
    ("due_at", "before", "expected"),
    [
        ("2026-03-29T09:00:00+02:00", "P1D", "2026-03-28T09:00:00+01:00"),
        ("2026-03-29T09:00:00+02:00", "PT24H", "2026-03-28T08:00:00+01:00"),
        ("2026-10-25T09:00:00+01:00", "P1D", "2026-10-24T09:00:00+02:00"),
        ("2026-10-25T09:00:00+01:00", "PT24H", "2026-10-24T10:00:00+02:00"),
        ("2026-03-30T02:30:00+02:00", "P1D", "2026-03-29T03:30:00+02:00"),
    ],
)
def test_a_day_before_is_a_calendar_day(function: Load, due_at: str, before: str, expected: str) -> None:
    """Each row is across a clock change in Berlin; ``PT24H`` is elapsed time."""
    schedule = function("schedule-reminders")
    task = a_task(due_at=datetime.fromisoformat(due_at), reminders=[ReminderSpec(before=before)])
    schedule.deliver(a_task_event(TaskCreated, task))
    assert [event.attributes.time for event in schedule.scheduled] == [datetime.fromisoformat(expected)]


def test_a_reopened_task_schedules_its_reminders_again(function: Load) -> None:
    """The ReminderDue of the same moment has the same id as before the completion."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    (first,) = schedule.scheduled
    cancel.deliver(a_task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert schedule.scheduled == []
    schedule.deliver(a_task_event(TaskReopened, a_task(version=3)))
    (second,) = schedule.scheduled
    assert second.attributes.id == first.attributes.id
    assert stored_reminders(schedule) == [("scheduled", "12:30")]


def test_two_tasks_have_separate_reminders(function: Load) -> None:
    """Removing the reminder of one task leaves the equal reminder of another."""
    schedule = function("schedule-reminders")
    schedule.deliver(a_task_event(TaskCreated))
    schedule.deliver(a_task_event(TaskCreated, a_task(id=uuid4())))
    schedule.deliver(a_task_event(TaskUpdated, a_task(version=2, reminders=[])))
    assert waiting_firings(schedule) == ["12:30"]


def test_an_event_of_another_type_is_rejected(function: Load) -> None:
    """The response is 400, so that the broker does not try again."""
    schedule = function("schedule-reminders")
    response = schedule.deliver(an_event(TaskCompleted(task=a_task())))
    assert response.status_code == 400
