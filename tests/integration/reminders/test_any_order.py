"""A task's events in every order that they may arrive in."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import uuid4

import pytest

from events.task import Task, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskUpdated
from tests.functions import Load
from tests.integration.reminders.stories import MINUTE, firings, rows, task_event
from tests.samples import NOON, a_task

FORGET = """
    WITH planned AS (DELETE FROM reminders.reminders), seen AS (DELETE FROM reminders.seen) DELETE FROM delivery.outbox
"""

Chapter = tuple[type[TaskEvent], Task]

CREATED: Chapter = (TaskCreated, a_task())
MOVED: Chapter = (TaskUpdated, a_task(version=2, due_at=NOON + 120 * MINUTE))
COMPLETED: Chapter = (TaskCompleted, a_task(version=3, due_at=NOON + 120 * MINUTE, status="completed"))
REOPENED: Chapter = (TaskReopened, a_task(version=4, due_at=NOON + 120 * MINUTE))
DELETED: Chapter = (TaskDeleted, a_task(version=5, due_at=NOON + 120 * MINUTE))


@pytest.mark.parametrize(
    ("story", "waiting"),
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
def test_the_end_of_a_story_does_not_depend_on_its_order(
    function: Load, story: tuple[Chapter, ...], waiting: list[str]
) -> None:
    """Whatever comes when, and twice, the same firings wait at the end, and one reminder at most is scheduled."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    for order in permutations(story):
        task_id = uuid4()
        for kind, told in (*order, *order):
            event = task_event(kind, told.model_copy(update={"id": task_id}))
            listener = cancel if kind in (TaskCompleted, TaskDeleted) else schedule
            assert listener.deliver(event).status_code == 202
        names = " ".join(kind.__name__ for kind, _ in order)
        assert firings(schedule) == waiting, names
        assert [moment for status, moment in rows(schedule) if status == "scheduled"] == waiting, names
        schedule.database.run(FORGET)


def test_events_that_arrive_at_once_are_handled_one_after_the_other(function: Load) -> None:
    """Several instances may hear one task's events in the same moment; the newest decides all the same."""
    schedule, cancel = function("schedule-reminders"), function("cancel-reminders")
    story = (CREATED, MOVED, COMPLETED, REOPENED)
    for _ in range(5):
        task_id = uuid4()
        events = [
            (cancel if kind is TaskCompleted else schedule, task_event(kind, told.model_copy(update={"id": task_id})))
            for kind, told in story
        ]
        with ThreadPoolExecutor(len(events)) as threads:
            answers = list(threads.map(lambda one: one[0].deliver(one[1]).status_code, events))
        assert answers == [202] * len(events)
        assert firings(schedule) == ["13:30"]
        schedule.database.run(FORGET)
