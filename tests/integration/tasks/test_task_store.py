"""Storing every field of a task."""

from typing import Any

from events.task import Task
from functions.tasks import series_store, task_store
from functions.tasks.task_fields import CARRIED_OVER_FIELDS
from tests.functions import FunctionUnderTest
from tests.samples import NOON, SERIES_ID, a_series, a_task
from tests.unit.tasks.example_values import another_value


def task_with_every_field() -> Task:
    """Return a task of alice's with a value in every field."""
    plain = a_task(
        series_id=SERIES_ID,
        recurrence=a_series().recurrence,
        occurrence=1,
        recurrence_id=NOON,
        completed_at=NOON,
    )
    changes: dict[str, Any] = {name: another_value(name, plain) for name in CARRIED_OVER_FIELDS}
    return plain.model_copy(update=changes)


def test_every_field_is_stored_and_updated(tasks: FunctionUnderTest) -> None:
    """A task read from the database equals the stored task."""
    task, plain = task_with_every_field(), a_task()
    assert all(value is not None for value in dict(task).values())
    with tasks.instance.database.transaction() as connection:
        series_store.store_series(connection, "alice", a_series())
        assert task_store.store_task(connection, task)
        assert task_store.find_task(connection, "alice", task.id) == task
        task_store.update_task(connection, plain)
        assert task_store.find_task(connection, "alice", task.id) == plain


def test_every_field_of_a_pattern_is_stored(tasks: FunctionUnderTest) -> None:
    """A pattern read from the database equals the stored pattern."""
    task = task_with_every_field()
    with tasks.instance.database.transaction() as connection:
        task_store.store_task(connection, a_task())
        task_store.store_pattern(connection, task.id, task)
        assert task_store.find_pattern(connection, task.id) == task
        task_store.store_pattern(connection, task.id, None)
        assert task_store.find_pattern(connection, task.id) is None
