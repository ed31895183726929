"""The function schedule-reminders, through its HTTP face."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from events.reminder import ReminderDue
from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskReopened, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.stories import MINUTE, firings, reminders_said, rows, task_event
from tests.samples import NOON, TASK_ID, a_task, an_event


def test_a_new_tasks_reminders_are_planned(function: Load) -> None:
    """Each is said to be scheduled, and waits in the outbox for its moment, under one correlation id."""
    schedule = function("schedule-reminders")
    task = a_task(reminders=[ReminderSpec(before="PT30M"), ReminderSpec(at=NOON + 5 * MINUTE)])
    answer = schedule.deliver(task_event(TaskCreated, task))
    assert (answer.status_code, answer.data) == (202, b"")
    assert sorted(reminders_said(schedule)) == [("ReminderScheduled", "12:05"), ("ReminderScheduled", "12:30")]
    assert firings(schedule) == ["12:05", "12:30"]
    due = schedule.scheduled[0]
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.task_id == TASK_ID
    assert {event.attributes.correlationid for event in [*schedule.emitted, due]} == {"a-correlation-id"}


def test_a_repeated_event_plans_nothing_twice(function: Load) -> None:
    """A duplicate, and the same version in another event, are both accepted and do nothing."""
    schedule = function("schedule-reminders")
    event = task_event(TaskCreated)
    for again in (event, event, task_event(TaskCreated)):
        assert schedule.deliver(again).status_code == 202
    assert reminders_said(schedule) == [("ReminderScheduled", "12:30")]
    assert firings(schedule) == ["12:30"]


def test_a_moved_due_date_moves_the_firing(function: Load) -> None:
    """The old moment is withdrawn from the outbox, the new one waits instead."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    assert reminders_said(schedule) == [("ReminderScheduled", "12:30"), ("ReminderScheduled", "13:30")]
    assert firings(schedule) == ["13:30"]
    assert rows(schedule) == [("scheduled", "13:30")]
    assert [event.attributes.moved for event in schedule.emitted] == [None, "true"]


def test_a_due_date_that_moves_there_and_back_fires_once(function: Load) -> None:
    """The firing of a moment can wait again after it was withdrawn."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    schedule.deliver(task_event(TaskUpdated, a_task(version=3)))
    assert firings(schedule) == ["12:30"]


def test_a_new_title_is_what_will_be_said(function: Load) -> None:
    """What waits in the outbox says the task's title of the day it fires."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, title="Feed the cat")))
    (due,) = schedule.scheduled
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.title == "Feed the cat"
    assert len(reminders_said(schedule)) == 1


def test_a_reminder_taken_off_its_task_is_cancelled(function: Load) -> None:
    """It is said to be cancelled, and nothing waits any more."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, reminders=[])))
    assert reminders_said(schedule)[1:] == [("ReminderCancelled", "12:30")]
    assert firings(schedule) == []


def test_an_older_version_changes_nothing(function: Load) -> None:
    """Order is not assumed: the update may come before the creation."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE)))
    schedule.deliver(task_event(TaskCreated))
    assert firings(schedule) == ["13:30"]


def test_a_moment_that_has_passed_fires_at_once(function: Load) -> None:
    """A task made an hour before it is due reminds of the day before now."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated, a_task(reminders=[ReminderSpec(before="P1D")])))
    assert sorted(schedule.emitted_types()) == ["ReminderDue", "ReminderScheduled"]
    (due,) = [event for event in schedule.emitted if isinstance(event.data, ReminderDue)]
    assert due.attributes.time == NOON
    assert isinstance(due.data, ReminderDue)
    assert due.data.reminder.remind_at == NOON - 23 * 60 * MINUTE


def test_what_fired_fires_again_for_a_new_moment_only(function: Load, clock: Any) -> None:
    """A delivered reminder stays as it is until its task moves it ahead; the new firing has an id of its own."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    (first,) = schedule.scheduled
    clock.forward(minutes=31)
    schedule.database.run("DELETE FROM delivery.outbox")
    schedule.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, title="Feed the cat", updated_at=clock.now)))
    assert rows(schedule) == [("delivered", "12:30")]
    due_at = NOON + 120 * MINUTE
    schedule.deliver(task_event(TaskUpdated, a_task(version=3, due_at=due_at, updated_at=clock.now)))
    assert rows(schedule) == [("scheduled", "13:30")]
    (second,) = schedule.scheduled
    assert second.attributes.id != first.attributes.id


def test_a_firing_that_is_on_its_way_is_not_taken_back(function: Load, clock: Any) -> None:
    """Where the relay is publishing it, the reminder fires then and once more at its new moment."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    clock.forward(minutes=30)
    schedule.database.run("UPDATE delivery.outbox SET lease_until = :until", until=clock.now + MINUTE)
    moved = a_task(version=2, due_at=NOON + 120 * MINUTE, updated_at=clock.now)
    schedule.deliver(task_event(TaskUpdated, moved))
    waiting = schedule.database.rows("SELECT due_at FROM delivery.outbox ORDER BY due_at")
    assert [row["due_at"] for row in waiting] == [NOON + 30 * MINUTE, NOON + 90 * MINUTE]


def test_only_what_is_relative_and_has_not_fired_moves_with_the_due_date(function: Load, clock: Any) -> None:
    """Of three reminders one has fired and one has a moment of its own: the due date moves the third alone."""
    schedule = function("schedule-reminders")
    three = [ReminderSpec(before="PT30M"), ReminderSpec(before="PT5M"), ReminderSpec(at=NOON + 50 * MINUTE)]
    schedule.deliver(task_event(TaskCreated, a_task(reminders=three)))
    clock.forward(minutes=45)
    schedule.database.run("DELETE FROM delivery.outbox WHERE due_at <= :now", now=clock.now)
    fired = "UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at WHERE remind_at <= :now"
    schedule.database.run(fired, now=clock.now)
    moved = a_task(version=2, reminders=three, due_at=NOON + 70 * MINUTE, updated_at=clock.now)
    schedule.deliver(task_event(TaskUpdated, moved))
    assert rows(schedule) == [("delivered", "12:30"), ("scheduled", "12:50"), ("scheduled", "13:05")]
    assert firings(schedule) == ["12:50", "13:05"]


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
def test_a_day_before_is_a_day_on_the_wall(function: Load, due_at: str, before: str, expected: str) -> None:
    """Over a change of the clocks in Berlin; 24 hours are 24 hours."""
    schedule = function("schedule-reminders")
    task = a_task(due_at=datetime.fromisoformat(due_at), reminders=[ReminderSpec(before=before)])
    schedule.deliver(task_event(TaskCreated, task))
    assert [event.attributes.time for event in schedule.scheduled] == [datetime.fromisoformat(expected)]


def test_a_reopened_task_is_reminded_of_again(function: Load) -> None:
    """What the completion cancelled is planned again, with the same id for the same moment."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    schedule.deliver(task_event(TaskCreated))
    (first,) = schedule.scheduled
    cancel.deliver(task_event(TaskCompleted, a_task(version=2, status="completed")))
    assert schedule.scheduled == []
    schedule.deliver(task_event(TaskReopened, a_task(version=3)))
    (second,) = schedule.scheduled
    assert second.attributes.id == first.attributes.id
    assert rows(schedule) == [("scheduled", "12:30")]


def test_tasks_do_not_meddle_with_each_other(function: Load) -> None:
    """Two tasks with the same reminder have one each."""
    schedule = function("schedule-reminders")
    schedule.deliver(task_event(TaskCreated))
    schedule.deliver(task_event(TaskCreated, a_task(id=uuid4())))
    schedule.deliver(task_event(TaskUpdated, a_task(version=2, reminders=[])))
    assert firings(schedule) == ["12:30"]


def test_only_what_it_hears_is_taken(function: Load) -> None:
    """A misrouted event is answered with a 400, which no broker repeats."""
    schedule = function("schedule-reminders")
    answer = schedule.deliver(an_event(TaskCompleted(task=a_task())))
    assert answer.status_code == 400
