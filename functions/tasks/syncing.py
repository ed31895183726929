"""What changed since: for clients that keep a copy of a user's tasks.

PostgreSQL numbers a user's changes in the order of their commits (revision 0009 says how), so a client that has seen
a number has missed none before it, whichever transaction began first.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection, Row, select

from events.data import Value
from events.fields import Instant
from events.task import Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import decode_cursor, encode_cursor
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse
from functions.tasks import store
from functions.tasks.service import READ_TASKS, api
from functions.tasks.tables import changes, counters, tasks

_NUMBER: Final = Annotated[int, Field(ge=0, lt=2**63)]


class ChangesQuery(Query):
    """From where on, and how many at most."""

    since: Annotated[
        str | None, Field(max_length=2000, description="the `next` of the answer before; left out, from the beginning")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="how many items an answer holds at most")] = 50


class TaskChange(Value):
    """A task as it is now, or when it was deleted."""

    id: UUID
    task: Annotated[Task | None, Field(description="null where it was deleted")]
    deleted_at: Instant | None


class Changes(Value):
    """Tasks in the order of their last changes."""

    items: list[TaskChange]
    next: Annotated[str, Field(description="where this answer ends: what to give as `since` next, now or later")]
    more: Annotated[bool, Field(description="whether there is more to ask for already")]


@api.operation("GET", "/tasks/changes", permission=READ_TASKS, query=ChangesQuery, responses={200: Changes})
def list_changes(request: AuthorizedRequest, query: ChangesQuery) -> ApiResponse:
    """List the tasks that changed since an earlier answer, deleted ones included, each once and as it is now.

    Ask until ``more`` is false, keep ``next``, and ask again with it whenever you like: no change is ever missed,
    however long its transaction took. A task that changes while you ask comes again. 410 where the database is older
    than your copy, as after a backup was restored: begin anew, without ``since``.
    """
    (since,) = decode_cursor(query.since, (_NUMBER,), field="since") or (0,)
    wanted = (
        select(tasks, changes.c.number)
        .join_from(changes, tasks, tasks.c.id == changes.c.task_id)
        .where(changes.c.user_id == request.user.id, changes.c.number > since)
        .order_by(changes.c.number)
        .limit(query.limit + 1)
    )
    with request.instance.database.transaction() as connection:
        rows = connection.execute(wanted).all()
        if not rows:
            _expect_reached(connection, request.user.id, since)
    shown = rows[: query.limit]
    reached = shown[-1].number if shown else since
    return ApiResponse(
        Changes(items=[_change(row) for row in shown], next=encode_cursor([reached]), more=len(rows) > len(shown))
    )


def _expect_reached(connection: Connection, user: str, number: int) -> None:
    """Raise the 410 of a number that this database has not given out."""
    last = connection.scalar(select(counters.c.number).where(counters.c.user_id == user))
    if number > (last or 0):
        raise Problem(410, "since: is of a later state than there is; begin anew without it")


def _change(row: Row[Any]) -> TaskChange:
    return TaskChange(id=row.id, task=store.task_of(row) if row.deleted_at is None else None, deleted_at=row.deleted_at)
