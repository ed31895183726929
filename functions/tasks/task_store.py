"""Stores and finds tasks in their table.

A deleted task stays as a hidden row, so that a repeated request finds the task that it created.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from events.task import Task
from functions.chassis.http.problem import Problem
from functions.tasks.tables import tasks

_COLUMNS: Final = [tasks.c[name] for name in Task.model_fields]
_JSON_FIELDS: Final = frozenset(column.name for column in _COLUMNS if isinstance(column.type, JSONB))


def store_task(connection: Connection, task: Task, *, digest: str | None = None, follows: UUID | None = None) -> bool:
    """Store a new task. Return False if a task with this id, or one that follows the same task, is already stored.

    ``digest`` identifies the request that creates the task. ``follows`` is the id of the occurrence before.
    """
    row = {**_to_row(task), "request_digest": digest, "follows": follows}
    return connection.execute(insert(tasks).values(row).on_conflict_do_nothing()).rowcount > 0


def find_task(connection: Connection, user: str, task_id: UUID, *, lock: bool = False) -> Task:
    """Return a task of ``user``. With ``lock`` other writers wait for this transaction.

    Raises a 404 problem if the task does not exist, is deleted, or belongs to another user.
    """
    wanted = select(*_COLUMNS).where(tasks.c.id == task_id, tasks.c.user_id == user, tasks.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Problem(404, "there is no task with this id")
    return to_task(row)


def find_created_task(connection: Connection, task_id: UUID) -> tuple[Task, str | None]:
    """Return a task, even if it is deleted, and the digest of the request that created it."""
    row = connection.execute(select(*_COLUMNS, tasks.c.request_digest).where(tasks.c.id == task_id)).one()
    return to_task(row), row.request_digest


def find_successor(connection: Connection, user: str, task_id: UUID) -> Task | None:
    """Return the occurrence that follows a task, even if it is deleted, or None if there is none yet."""
    row = connection.execute(select(*_COLUMNS).where(tasks.c.follows == task_id, tasks.c.user_id == user)).first()
    return to_task(row) if row else None


def update_task(
    connection: Connection, task: Task, *, deleted_at: datetime | None = None, skipped_at: datetime | None = None
) -> None:
    """Store the new state of a task.

    ``deleted_at`` marks the task as deleted, ``skipped_at`` also as skipped by its series. Without them, earlier marks
    remain.
    """
    marks = {"deleted_at": deleted_at, "skipped_at": skipped_at} if deleted_at else {}
    connection.execute(update(tasks).where(tasks.c.id == task.id).values({**_to_row(task), **marks}))


def find_pattern(connection: Connection, task_id: UUID) -> Task | None:
    """Return the task from which the next occurrence is built, or None if that is the task itself."""
    stored = connection.scalar(select(tasks.c.pattern).where(tasks.c.id == task_id))
    return Task.model_validate(stored) if stored else None


def store_pattern(connection: Connection, task_id: UUID, pattern: Task | None) -> None:
    """Store the task from which the next occurrence is built. None means the task itself."""
    document = pattern.model_dump(mode="json", by_alias=True) if pattern else None
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(pattern=document))


def to_task(row: Row[*tuple[Any, ...]]) -> Task:
    """Return the task in a row that has all columns of a task."""
    return Task.model_validate({name: getattr(row, name) for name in Task.model_fields})


def _to_row(task: Task) -> dict[str, object]:
    row = {name: getattr(task, name) for name in Task.model_fields}
    documents = task.model_dump(mode="json", by_alias=True, include=set(_JSON_FIELDS))
    return {**row, **{name: documents[Task.model_fields[name].alias or name] for name in _JSON_FIELDS}}
