"""Builds the next state of a task: pure functions that return a changed copy."""

from datetime import datetime
from typing import Any
from uuid import UUID

from events.task import Task


def build_task(fields: dict[str, Any], *, task_id: UUID, user: str, now: datetime) -> Task:
    """Return a new task of ``user`` with version 1. ``fields`` are those of :meth:`TaskDraft.to_task_fields`."""
    return Task(id=task_id, user_id=user, version=1, created_at=now, updated_at=now, **fields)


def replace_fields(before: Task, fields: dict[str, Any], *, now: datetime) -> Task:
    """Return the next version of a task, with ``fields`` replaced."""
    return before.model_copy(update={**fields, "updated_at": now, "version": before.version + 1})


def mark_completed(before: Task, *, now: datetime) -> Task:
    """Return the next version of a task, completed at ``now``."""
    return replace_fields(before, {"status": "completed", "completed_at": now}, now=now)


def mark_reopened(before: Task, *, now: datetime) -> Task:
    """Return the next version of a completed task, open again."""
    return replace_fields(before, {"status": "open", "completed_at": None}, now=now)


def has_same_content(one: Task, other: Task) -> bool:
    """Return whether two states of a task are equal, apart from their version and the time of the change."""
    bookkeeping = {"version": 0, "updated_at": one.updated_at}
    return one.model_copy(update=bookkeeping) == other.model_copy(update=bookkeeping)
