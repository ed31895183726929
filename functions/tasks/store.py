"""Tasks in their table: found for their owner only, and never removed, as a repeat must find what it made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from events.task import Task
from functions.chassis.http.problem import Problem
from functions.tasks.tables import tasks

_COLUMNS = [tasks.c[name] for name in Task.model_fields]
_IN_JSON = ("tags", "recurrence", "reminders")


def add(connection: Connection, task: Task, *, digest: str | None = None, follows: UUID | None = None) -> bool:
    """Store a new task; False where there is one with this id already, or one that follows the same."""
    row = {**_row(task), "request_digest": digest, "follows": follows}
    return connection.execute(insert(tasks).values(row).on_conflict_do_nothing()).rowcount > 0


def find(connection: Connection, user: str, task_id: UUID, *, lock: bool = False) -> Task:
    """Return a user's task, locked against other writers where asked; raise the 404 of one that is not there."""
    wanted = select(*_COLUMNS).where(tasks.c.id == task_id, tasks.c.user_id == user, tasks.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Problem(404, "there is no task with this id")
    return task_of(row)


def find_made_by(connection: Connection, task_id: UUID) -> tuple[Task, str | None]:
    """Return a task, deleted or not, and the digest of the request that made it."""
    row = connection.execute(select(*_COLUMNS, tasks.c.request_digest).where(tasks.c.id == task_id)).one()
    return task_of(row), row.request_digest


def find_successor(connection: Connection, user: str, task_id: UUID) -> Task | None:
    """Return the occurrence that follows a user's task, deleted or not."""
    row = connection.execute(select(*_COLUMNS).where(tasks.c.follows == task_id, tasks.c.user_id == user)).first()
    return task_of(row) if row else None


def save(
    connection: Connection, task: Task, *, deleted_at: datetime | None = None, skipped_at: datetime | None = None
) -> None:
    """Store a task's new state; what was deleted stays so."""
    deletion = {"deleted_at": deleted_at, "skipped_at": skipped_at} if deleted_at else {}
    connection.execute(update(tasks).where(tasks.c.id == task.id).values({**_row(task), **deletion}))


def find_pattern(connection: Connection, task_id: UUID) -> Task | None:
    """Return what a task's successor is to be made from, where that is not the task itself."""
    kept = connection.scalar(select(tasks.c.pattern).where(tasks.c.id == task_id))
    return Task.model_validate(kept) if kept else None


def keep_pattern(connection: Connection, task_id: UUID, pattern: Task | None) -> None:
    """Store what a task's successor is to be made from; None where that is the task itself."""
    kept = pattern.model_dump(mode="json", by_alias=True) if pattern else None
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(pattern=kept))


def task_of(row: Row[*tuple[Any, ...]]) -> Task:
    """Return the task in a row."""
    return Task.model_validate({name: getattr(row, name) for name in Task.model_fields})


def _row(task: Task) -> dict[str, object]:
    row = {name: getattr(task, name) for name in Task.model_fields}
    as_json = task.model_dump(mode="json", by_alias=True, include=set(_IN_JSON))
    return {**row, **as_json}
