"""The operation ``GET /tasks/changes``, for clients that maintain a copy of a user's tasks.

PostgreSQL numbers a user's changes in the order of their commits (see migration 0009). A client that has received a
number has therefore received every smaller one.
"""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from events.data import Value
from events.fields import Instant
from events.task import Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import decode_cursor, encode_cursor
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Row, Statement, quote_columns
from functions.tasks.service import READ_TASKS, api
from functions.tasks.task_store import TASK_COLUMNS, to_task

_LIST_CHANGES = Statement(
    f"SELECT {quote_columns(TASK_COLUMNS)}, deleted_at, number"  # noqa: S608 - names of columns
    " FROM (SELECT task_id, number FROM tasks.changes WHERE user_id = :user_id AND number > :since) AS change"
    " JOIN tasks.tasks ON id = task_id ORDER BY number LIMIT :limit"
)
_FIND_LAST_NUMBER = Statement("SELECT number FROM tasks.counters WHERE user_id = :user_id")

_ChangeNumber: Final = Annotated[int, Field(ge=0, lt=2**63)]


class ChangesQuery(Query):
    """The position in the feed, and the size of a page."""

    since: Annotated[
        str | None, Field(max_length=2000, description="the `next` of the previous response; default: the beginning")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="the most items in a response")] = 50


class TaskChange(Value):
    """A task in its current state, or the time of its deletion."""

    id: UUID
    task: Annotated[Task | None, Field(description="null if the task is deleted")]
    deleted_at: Instant | None


class TaskChangePage(Value):
    """Changed tasks in the order of their last changes."""

    items: list[TaskChange]
    next: Annotated[str, Field(description="the end of this page: the `since` of the next request, now or later")]
    more: Annotated[bool, Field(description="whether more changes are available now")]


@api.operation("GET", "/tasks/changes", permission=READ_TASKS, query=ChangesQuery, responses={200: TaskChangePage})
def list_changes(request: AuthorizedRequest, query: ChangesQuery) -> ApiResponse:
    """List the tasks that changed since an earlier response: each once, in its current state, deleted ones included.

    Repeat the request with ``next`` until ``more`` is false, and store ``next`` for later. No change is ever missed,
    however long its transaction took. A task that changes between two requests is listed again. The response is 410 if
    the database is older than your copy, for example after a backup was restored: discard the copy and start without
    ``since``.
    """
    (since,) = decode_cursor(query.since, (_ChangeNumber,), field="since") or (0,)
    database, user = request.instance.database, request.user.id
    rows = database.fetch_all(_LIST_CHANGES, user_id=user, since=since, limit=query.limit + 1)
    if not rows:
        _check_number_exists(database, user, since)
    shown = rows[: query.limit]
    last_number = shown[-1]["number"] if shown else since
    page = TaskChangePage(
        items=[_to_change(row) for row in shown], next=encode_cursor([last_number]), more=len(rows) > len(shown)
    )
    return ApiResponse(page)


def _check_number_exists(database: Database, user: str, number: int) -> None:
    """Raise a 410 problem if this database has not yet assigned the number."""
    last = database.fetch_first(_FIND_LAST_NUMBER, user_id=user)
    if number > (last["number"] if last else 0):
        raise Problem(410, "since: is newer than the data of this service; start again without it")


def _to_change(row: Row) -> TaskChange:
    deleted_at = row["deleted_at"]
    return TaskChange(id=row["id"], task=to_task(row) if deleted_at is None else None, deleted_at=deleted_at)
