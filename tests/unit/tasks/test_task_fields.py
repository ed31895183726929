"""Every field of a task is in the draft, and the next occurrence takes it over.

A change that adds a field to :class:`events.task.Task` and forgets a place fails one of these tests, or one of
``tests/integration/tasks/test_task_store.py`` if the table has no such column.
"""

from datetime import timedelta
from typing import Any

import pytest

from events.task import Recurrence, Task
from functions.tasks.draft import TaskDraft
from functions.tasks.successor import build_successor, update_pattern
from functions.tasks.task_fields import CARRIED_OVER_FIELDS, SCHEDULE_FIELDS, SYSTEM_FIELDS
from tests.samples import NOON, SERIES_ID, a_series, a_task
from tests.unit.tasks.example_values import another_value

TASK_FIELDS = frozenset(Task.model_fields)
DRAFT_FIELDS = frozenset(TaskDraft.model_fields)


def a_recurring_task(**changes: Any) -> Task:
    """Return the first occurrence of the daily series."""
    recurrence = Recurrence(rule="FREQ=DAILY")
    return a_task(**{"recurrence": recurrence, "series_id": SERIES_ID, "occurrence": 1, **changes})


def test_every_field_is_drafted_or_set_by_the_service() -> None:
    """A field missing from ``TaskDraft`` could never be set. A field only in ``TaskDraft`` would be ignored."""
    assert TASK_FIELDS - SYSTEM_FIELDS == DRAFT_FIELDS


def test_every_field_belongs_to_one_class() -> None:
    """The three classes are disjoint, and cover all fields."""
    assert sorted([*SYSTEM_FIELDS, *SCHEDULE_FIELDS, *CARRIED_OVER_FIELDS]) == sorted(TASK_FIELDS)


@pytest.mark.parametrize("name", CARRIED_OVER_FIELDS)
def test_the_next_occurrence_takes_over_every_field_that_the_owner_set(name: str) -> None:
    """From the completed task, and also from a later change of it if the next occurrence is built from a pattern."""
    changed = a_recurring_task(**{name: another_value(name, a_recurring_task())})
    after = build_successor(changed, a_series(), number=2, due_at=NOON + timedelta(days=1), now=NOON)
    assert getattr(after, name) == getattr(changed, name)
    pattern = update_pattern(a_recurring_task(), a_recurring_task(), changed)
    assert getattr(pattern, name) == getattr(changed, name)
