"""The function cancel-reminders, through its HTTP face."""

from typing import Any

import pytest

from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.stories import MINUTE, firings, reminders_said, rows, task_event
from tests.samples import NOON, a_task

TWO = [ReminderSpec(before="PT30M"), ReminderSpec(at=NOON + 5 * MINUTE)]


@pytest.mark.parametrize(("kind", "status"), [(TaskCompleted, "completed"), (TaskDeleted, "open")])
def test_the_end_of_a_task_cancels_its_reminders(function: Load, kind: type[TaskEvent], status: str) -> None:
    """Each is said to be cancelled, and none waits any more."""
    function("schedule-reminders").deliver(task_event(TaskCreated, a_task(reminders=TWO)))
    cancel = function("cancel-reminders")
    assert cancel.deliver(task_event(kind, a_task(reminders=TWO, version=2, status=status))).status_code == 202
    cancelled = [said for said in reminders_said(cancel) if said[0] == "ReminderCancelled"]
    assert sorted(cancelled) == [("ReminderCancelled", "12:05"), ("ReminderCancelled", "12:30")]
    assert firings(cancel) == []


def test_what_has_fired_keeps_its_outcome(function: Load) -> None:
    """A delivered reminder is no longer there to be cancelled."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    cancel = function("cancel-reminders")
    cancel.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
    cancel.deliver(task_event(TaskDeleted, a_task(version=2)))
    assert rows(cancel) == [("delivered", "12:30")]
    assert "ReminderCancelled" not in cancel.emitted_types()


def test_a_deletion_is_the_end_whatever_its_version(function: Load) -> None:
    """Even one that carries a version which was seen before, and whatever comes after it."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    cancel = function("cancel-reminders")
    cancel.deliver(task_event(TaskDeleted, a_task()))
    assert firings(cancel) == []
    function("schedule-reminders").deliver(task_event(TaskUpdated, a_task(version=9)))
    assert firings(cancel) == []


def test_a_cancellation_that_comes_too_late_takes_nothing_back(function: Load, clock: Any) -> None:
    """The firing that is on its way stays in the outbox until the bus has it; the reminder is cancelled."""
    function("schedule-reminders").deliver(task_event(TaskCreated))
    cancel = function("cancel-reminders")
    clock.forward(minutes=30)
    cancel.database.run("UPDATE delivery.outbox SET lease_until = :until", until=clock.now + MINUTE)
    cancel.deliver(task_event(TaskCompleted, a_task(version=2, status="completed", updated_at=clock.now)))
    kept = cancel.database.rows("SELECT 1 FROM delivery.outbox WHERE event->>'type' = 'todo.ReminderDue'")
    assert len(kept) == 1
    assert rows(cancel) == [("cancelled", "12:30")]
