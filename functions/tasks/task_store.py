"""Stores and finds tasks in their table.

A deleted task stays as a hidden row, so that a repeated request finds the task that it created.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from events.task import Task
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.database import Connection
from functions.chassis.runtime.statement import Row, Statement, insert_rows, quote_columns
from functions.chassis.runtime.transaction import Transaction

TASK_COLUMNS: Final = tuple(Task.model_fields)
"""The columns that store the field of the same name. The other columns are for the service's own use."""

_MEMBERS: Final = {name: field.alias or name for name, field in Task.model_fields.items()}
_SELECT: Final = f"SELECT {quote_columns(TASK_COLUMNS)}"
_CHANGES: Final = ", ".join(f'"{name}" = changed."{name}"' for name in TASK_COLUMNS if name != "id")
_INSERT_TEXT: Final = insert_rows("tasks.tasks", (*TASK_COLUMNS, "request_digest", "follows"))

_INSERT = Statement(_INSERT_TEXT)
_INSERT_SUCCESSOR = Statement(_INSERT_TEXT + " ON CONFLICT DO NOTHING")
_FIND = Statement(f"{_SELECT} FROM tasks.tasks WHERE id = :id AND user_id = :user_id AND deleted_at IS NULL")
_FIND_CREATED = Statement(f"{_SELECT}, request_digest FROM tasks.tasks WHERE id = :id")
_FIND_SUCCESSOR = Statement(f"{_SELECT} FROM tasks.tasks WHERE follows = :id AND user_id = :user_id")
_UPDATE = Statement(
    f"UPDATE tasks.tasks AS task SET {_CHANGES},"  # noqa: S608 - names of columns
    " deleted_at = coalesce(:deleted_at::timestamptz, task.deleted_at),"
    " skipped_at = coalesce(:skipped_at::timestamptz, task.skipped_at)"
    " FROM json_populate_record(NULL::tasks.tasks, :row) AS changed WHERE task.id = changed.id"
)
_STORE_PATTERN = Statement("UPDATE tasks.tasks SET pattern = :pattern WHERE id = :id")


def store_task(transaction: Transaction, task: Task, *, digest: str | None = None) -> None:
    """Store a new task. ``digest`` identifies the request that creates the task.

    The next exchange raises :class:`functions.chassis.runtime.database.DuplicateRowError` if the task is already
    stored, so that nothing that was sent together with it takes effect.
    """
    transaction.enqueue(_INSERT, rows=[{**_to_row(task), "request_digest": digest}])


def store_successor(transaction: Transaction, task: Task, *, follows: UUID) -> None:
    """Store the occurrence after the one with the id ``follows``, unless it is already stored."""
    transaction.enqueue(_INSERT_SUCCESSOR, rows=[{**_to_row(task), "follows": follows}])


def find_task(connection: Connection, user: str, task_id: UUID) -> Task:
    """Return a task of ``user``.

    Raises a 404 problem if the task does not exist, is deleted, or belongs to another user.
    """
    row = connection.fetch_first(_FIND, id=task_id, user_id=user)
    if row is None:
        raise Problem(404, "there is no task with this id")
    return to_task(row)


def find_created_task(connection: Connection, task_id: UUID) -> tuple[Task, str | None]:
    """Return a task, even if it is deleted, and the digest of the request that created it."""
    [row] = connection.fetch_all(_FIND_CREATED, id=task_id)
    return to_task(row), row["request_digest"]


def find_successor(transaction: Transaction, user: str, task_id: UUID) -> Task | None:
    """Return the occurrence that follows a task, even if it is deleted, or None if there is none yet."""
    row = transaction.fetch_first(_FIND_SUCCESSOR, id=task_id, user_id=user)
    return to_task(row) if row else None


def update_task(
    transaction: Transaction, task: Task, *, deleted_at: datetime | None = None, skipped_at: datetime | None = None
) -> None:
    """Store the new state of a task.

    ``deleted_at`` marks the task as deleted, ``skipped_at`` as skipped by its series. Without them, earlier marks
    remain.
    """
    transaction.enqueue(_UPDATE, row=_to_row(task), deleted_at=deleted_at, skipped_at=skipped_at)


def store_pattern(transaction: Transaction, task_id: UUID, pattern: Task | None) -> None:
    """Store the task from which the next occurrence is built. None means the task itself."""
    document = pattern.model_dump(mode="json", by_alias=True) if pattern else None
    transaction.enqueue(_STORE_PATTERN, id=task_id, pattern=document)


def to_task(row: Row) -> Task:
    """Return the task in a row that has all columns of a task."""
    return Task.model_validate(row)


def _to_row(task: Task) -> dict[str, Any]:
    document = task.model_dump(mode="json", by_alias=True)
    return {name: document[member] for name, member in _MEMBERS.items()}
