"""Storing every field of a task."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

from events.task import ReminderSpec, Task
from functions.tasks import series_store, task_store
from functions.tasks.task_fields import CARRIED_OVER_FIELDS
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import UNKNOWN_ID, read_task
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
    with tasks.instance.database.transaction() as transaction:
        series_store.store_series(transaction, "alice", a_series())
        task_store.store_task(transaction, task)
        assert task_store.find_task(transaction, "alice", task.id) == task
        task_store.update_task(transaction, plain)
        assert task_store.find_task(transaction, "alice", task.id) == plain


def test_a_list_shows_a_task_as_its_own_response_does(tasks: FunctionUnderTest) -> None:
    """This holds for every field, for times with and without a fraction, and for rows without the newest members."""
    reminders = [ReminderSpec(before="P1D"), ReminderSpec(at=NOON + timedelta(milliseconds=5), max_lateness="PT1H")]
    changes = {"created_at": NOON + timedelta(microseconds=120), "reminders": reminders}
    full = task_with_every_field().model_copy(update=changes)
    with tasks.instance.database.transaction() as transaction:
        series_store.store_series(transaction, "alice", a_series())
        task_store.store_task(transaction, full)
        task_store.store_task(transaction, a_task(id=UUID(UNKNOWN_ID)))
    assert _is_listed_as_read(tasks)
    tasks.database.run("UPDATE tasks.tasks SET recurrence = recurrence - 'monthEnd' WHERE recurrence IS NOT NULL")
    tasks.database.run("UPDATE tasks.tasks SET reminders = jsonb_set(reminders, '{0}', (reminders->0) - 'maxLateness')")
    assert _is_listed_as_read(tasks)


def _is_listed_as_read(tasks: FunctionUnderTest) -> bool:
    listed = (tasks.call("GET", "/tasks").json or {})["items"]
    return len(listed) == 2 and listed == [read_task(tasks, task) for task in listed]


def test_every_field_of_a_pattern_is_stored(tasks: FunctionUnderTest) -> None:
    """A pattern read from the database equals the stored pattern."""
    task = task_with_every_field()
    with tasks.instance.database.transaction() as transaction:
        task_store.store_task(transaction, a_task())
        task_store.store_pattern(transaction, task.id, task)
        assert series_store.lock_task(transaction, "alice", task.id).pattern == task
        task_store.store_pattern(transaction, task.id, None)
        assert series_store.lock_task(transaction, "alice", task.id).pattern is None


def test_columns_and_fields_agree_about_null_and_json(tasks: FunctionUnderTest) -> None:
    """Only a field that may be null has a column that may be null. Lists and nested values have a JSONB column."""
    listed = "SELECT * FROM information_schema.columns WHERE table_schema = 'tasks' AND table_name = 'tasks'"
    columns = {
        row["column_name"]: (row["is_nullable"] == "YES", row["data_type"] == "jsonb")
        for row in tasks.database.rows(listed)
    }
    document = task_with_every_field().model_dump(mode="json")
    assert {name: columns[name] for name in Task.model_fields} == {
        name: (type(None) in get_args(field.annotation), isinstance(document[name], list | dict))
        for name, field in Task.model_fields.items()
    }
