"""Tests that the reminders do not depend on the order in which a task's events arrive."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import uuid4

import pytest

from events.task import Task, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.reminder_helpers import MINUTE, a_task_event, stored_reminders, waiting_firings
from tests.samples import NOON, a_task

EMPTY_TABLES = """
    WITH planned AS (DELETE FROM reminders.reminders), seen AS (DELETE FROM reminders.seen) DELETE FROM delivery.outbox
"""

TaskChange = tuple[type[TaskEvent], Task]

CREATED: TaskChange = (TaskCreated, a_task())
MOVED: TaskChange = (TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE))
COMPLETED: TaskChange = (TaskCompleted, a_task(version=3, due_at=NOON + 120 * MINUTE, status="completed"))
REOPENED: TaskChange = (TaskReopened, a_task(version=4, due_at=NOON + 120 * MINUTE))
DELETED: TaskChange = (TaskDeleted, a_task(version=5, due_at=NOON + 120 * MINUTE))


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ((CREATED, MOVED), ["13:30"]),
        ((CREATED, MOVED, COMPLETED), []),
        ((CREATED, MOVED, COMPLETED, REOPENED), ["13:30"]),
        ((CREATED, MOVED, COMPLETED, DELETED), []),
        ((CREATED, MOVED, DELETED), []),
        ((CREATED, DELETED), []),
    ],
    ids=["moved", "completed", "reopened", "completed and deleted", "deleted", "deleted at once"],
)
def test_the_reminders_do_not_depend_on_the_order_of_events(
    function: Load, changes: tuple[TaskChange, ...], waiting: list[str]
) -> None:
    """Every order, with each event delivered twice, leads to the same firings and at most one scheduled reminder."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    for order in permutations(changes):
        task_id = uuid4()
        for kind, task in (*order, *order):
            event = a_task_event(kind, task.model_copy(update={"id": task_id}))
            reaction = cancel if kind in (TaskCompleted, TaskDeleted) else schedule
            assert reaction.deliver(event).status_code == 202
        names = " ".join(kind.__name__ for kind, _ in order)
        assert waiting_firings(schedule) == waiting, names
        assert [moment for status, moment in stored_reminders(schedule) if status == "scheduled"] == waiting, names
        schedule.database.run(EMPTY_TABLES)


def test_simultaneous_events_of_a_task_are_handled_one_after_another(function: Load) -> None:
    """Several instances may handle events of one task at the same time; the newest version decides the result."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    changes = (CREATED, MOVED, COMPLETED, REOPENED)
    for _ in range(5):
        task_id = uuid4()
        events = [
            (cancel if kind is TaskCompleted else schedule, a_task_event(kind, task.model_copy(update={"id": task_id})))
            for kind, task in changes
        ]
        with ThreadPoolExecutor(len(events)) as threads:
            statuses = list(threads.map(lambda one: one[0].deliver(one[1]).status_code, events))
        assert statuses == [202] * len(events)
        assert waiting_firings(schedule) == ["13:30"]
        schedule.database.run(EMPTY_TABLES)
