"""Tests of the function `cancel-reminders` over HTTP."""

from typing import Any

import pytest

from events.task import ReminderSpec, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.reminder_helpers import (
    MINUTE,
    a_task_event,
    emitted_reminder_events,
    stored_reminders,
    waiting_firings,
)
from tests.samples import NOON, a_task

TWO_REMINDERS = [ReminderSpec(before="PT30M"), ReminderSpec(at=NOON + 5 * MINUTE)]


@pytest.mark.parametrize(("kind", "status"), [(TaskCompleted, "completed"), (TaskDeleted, "open")])
def test_the_end_of_a_task_cancels_its_reminders(function: Load, kind: type[TaskEvent], status: str) -> None:
    """ReminderCancelled is emitted for each reminder, and no ReminderDue waits."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated, a_task(reminders=TWO_REMINDERS)))
    cancel = function("cancel-reminders")
    assert (
        cancel.deliver(a_task_event(kind, a_task(reminders=TWO_REMINDERS, version=2, status=status))).status_code == 202
    )
    cancelled = [event for event in emitted_reminder_events(cancel) if event[0] == "ReminderCancelled"]
    assert sorted(cancelled) == [("ReminderCancelled", "12:05"), ("ReminderCancelled", "12:30")]
    assert waiting_firings(cancel) == []


def test_a_delivered_reminder_is_not_cancelled(function: Load) -> None:
    """The reminder stays delivered when its task is deleted."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    cancel = function("cancel-reminders")
    cancel.database.run("UPDATE reminders.reminders SET status = 'delivered', delivered_at = remind_at")
    cancel.deliver(a_task_event(TaskDeleted, a_task(version=2)))
    assert stored_reminders(cancel) == [("delivered", "12:30")]
    assert "ReminderCancelled" not in cancel.emitted_types()


def test_a_deletion_is_final_at_any_version(function: Load) -> None:
    """The deletion has a version that was seen before, and a later version does not schedule the reminder again."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    cancel = function("cancel-reminders")
    cancel.deliver(a_task_event(TaskDeleted, a_task()))
    assert waiting_firings(cancel) == []
    function("schedule-reminders").deliver(a_task_event(TaskUpdated, a_task(version=9)))
    assert waiting_firings(cancel) == []


def test_an_event_that_is_being_published_is_not_withdrawn(function: Load, clock: Any) -> None:
    """A leased ReminderDue stays in the outbox until it is published. The reminder is cancelled."""
    function("schedule-reminders").deliver(a_task_event(TaskCreated))
    cancel = function("cancel-reminders")
    clock.forward(minutes=30)
    cancel.database.run("UPDATE delivery.outbox SET lease_until = :until", until=clock.now + MINUTE)
    cancel.deliver(a_task_event(TaskCompleted, a_task(version=2, status="completed", updated_at=clock.now)))
    waiting = cancel.database.rows("SELECT 1 FROM delivery.outbox WHERE event->>'type' = 'todo.ReminderDue'")
    assert len(waiting) == 1
    assert stored_reminders(cancel) == [("cancelled", "12:30")]
