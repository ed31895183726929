"""Reading tasks: one, or a list by keyset."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_

from events.fields import Instant, Tag
from events.task import Priority, Status, Task
from functions.chassis.answer import Answer, etag
from functions.chassis.body import PageQuery
from functions.chassis.call import Call
from functions.chassis.pages import Page, decode_cursor, page
from functions.tasks import store
from functions.tasks.service import api
from functions.tasks.tables import tasks

_DUE = func.coalesce(tasks.c.due_at, literal_column("'infinity'::timestamptz"))


class TaskQuery(PageQuery):
    """Which tasks, and in which order; filters combine."""

    status: Status | None = None
    priority: Priority | None = None
    tag: Tag | None = None
    due_before: Instant | None = None
    due_after: Instant | None = None
    recurring: bool | None = None
    sort: Annotated[
        Literal["created", "updated", "due"],
        Field(description="newest first by creation or change, or soonest first by due date (those without one last)"),
    ] = "created"


@api.operation("GET", "/tasks/<uuid:task_id>", permission="tasks:read", answers={200: Task})
def read_task(call: Call, *, task_id: UUID) -> Answer:
    """Read a task."""
    with call.instance.database.transaction() as connection:
        task = store.find(connection, call.user.id, task_id)
    return Answer(task, 200, {"ETag": etag(task.version)})


@api.operation("GET", "/tasks", permission="tasks:read", query=TaskQuery, answers={200: Page[Task]})
def list_tasks(call: Call, query: TaskQuery) -> Answer:
    """List tasks."""
    wanted = select(tasks).where(tasks.c.user_id == call.user.id, tasks.c.deleted_at.is_(None), *_filters(query))
    with call.instance.database.transaction() as connection:
        rows = connection.execute(_ordered(wanted, query).limit(query.limit + 1)).all()
    keys = {
        "created": lambda row: (row.created_at, row.id),
        "updated": lambda row: (row.updated_at, row.id),
        "due": lambda row: (row.due_at, row.id),
    }
    return Answer(page(rows, query.limit, item=store.task_of, key=keys[query.sort]))


def _filters(query: TaskQuery) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if query.status:
        given.append(tasks.c.status == query.status)
    if query.priority:
        given.append(tasks.c.priority == query.priority)
    if query.tag:
        given.append(tasks.c.tags.contains([query.tag]))
    if query.due_before:
        given.append(tasks.c.due_at < query.due_before)
    if query.due_after:
        given.append(tasks.c.due_at > query.due_after)
    if query.recurring is not None:
        given.append(tasks.c.recurrence.is_not(None) if query.recurring else tasks.c.recurrence.is_(None))
    return given


def _ordered(wanted: Select[Any], query: TaskQuery) -> Select[Any]:
    if query.sort == "due":
        after = decode_cursor(query.cursor, (datetime | None, UUID))
        if after is not None and after[0] is not None:
            wanted = wanted.where(tuple_(_DUE, tasks.c.id) > after)
        elif after is not None:
            wanted = wanted.where(tasks.c.due_at.is_(None), tasks.c.id > after[1])
        return wanted.order_by(_DUE, tasks.c.id)
    column = tasks.c.created_at if query.sort == "created" else tasks.c.updated_at
    after = decode_cursor(query.cursor, (datetime, UUID))
    if after is not None:
        wanted = wanted.where(tuple_(column, tasks.c.id) < after)
    return wanted.order_by(column.desc(), tasks.c.id.desc())
