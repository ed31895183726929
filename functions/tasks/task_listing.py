"""The operations ``GET /tasks/{id}`` and ``GET /tasks``, a list in pages by keyset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Integer, Row, Select, func, literal, literal_column, select, tuple_

from events.task import Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.response import ApiResponse
from functions.tasks import task_store
from functions.tasks.full_text_search import check_search_text
from functions.tasks.service import READ_TASKS, api
from functions.tasks.tables import tasks
from functions.tasks.task_filters import SortOrder, TaskQuery, filter_conditions
from functions.tasks.task_response import task_response

_NEVER: Final[ColumnElement[Any]] = literal_column("'infinity'::timestamptz")
_DUE: Final = func.coalesce(tasks.c.due_at, _NEVER)

# PostgreSQL uses the index only for exactly this expression, so it is written out.
_PRIORITY_RANK: Final = literal_column(
    "CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END", Integer
)
_RANKS: Final = {"high": 0, "medium": 1, "low": 2}
_Rank: Final = Annotated[int, Field(ge=0, le=3)]


@dataclass(frozen=True, slots=True)
class _KeysetOrder:
    """An order with an index: its columns, and the types and the values of a cursor after a row."""

    columns: tuple[ColumnElement[Any], ...]
    types: tuple[Any, ...]
    key: Callable[[Row[Any]], tuple[object, ...]]
    newest_first: bool = False

    def select_page(self, wanted: Select[Any], query: TaskQuery) -> Select[Any]:
        """Return the statement for the rows of a page and one more row.

        The page starts after the sort key in the cursor. Writes between two pages do not move rows that are unchanged.
        """
        cursor = decode_cursor(query.cursor, (Literal[query.sort], *self.types))
        position = tuple_(*self.columns)
        if cursor is not None:
            parts = zip(self.columns, cursor[1:], strict=True)
            last = tuple_(*(_NEVER if part is None else literal(part, column.type) for column, part in parts))
            wanted = wanted.where(position < last if self.newest_first else position > last)
        ordered = (column.desc() if self.newest_first else column for column in self.columns)
        return wanted.order_by(*ordered).limit(query.limit + 1)


_ORDERS: Final[Mapping[SortOrder, _KeysetOrder]] = {
    "created": _KeysetOrder(
        (tasks.c.created_at, tasks.c.id), (CursorTime, UUID), lambda row: (row.created_at, row.id), newest_first=True
    ),
    "updated": _KeysetOrder(
        (tasks.c.updated_at, tasks.c.id), (CursorTime, UUID), lambda row: (row.updated_at, row.id), newest_first=True
    ),
    "due": _KeysetOrder((_DUE, tasks.c.id), (CursorTime | None, UUID), lambda row: (row.due_at, row.id)),
    "priority": _KeysetOrder(
        (_PRIORITY_RANK, _DUE, tasks.c.id),
        (_Rank, CursorTime | None, UUID),
        lambda row: (_RANKS.get(row.priority, 3), row.due_at, row.id),
    ),
}


@api.operation("GET", "/tasks/<uuid:task_id>", permission=READ_TASKS, responses={200: Task})
def read_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Read a task."""
    with request.instance.database.transaction() as transaction:
        connection = transaction.core
        task = task_store.find_task(connection, request.user.id, task_id)
    request.check_if_match(task.version)
    return task_response(task)


@api.operation("GET", "/tasks", permission=READ_TASKS, query=TaskQuery, responses={200: Page[Task]})
def list_tasks(request: AuthorizedRequest, query: TaskQuery) -> ApiResponse:
    """List tasks.

    ``next`` continues after the end of a page. A task that keeps its position in the order is listed exactly once, even
    if other tasks are created and changed between two pages.
    """
    order = _ORDERS[query.sort]
    wanted = select(tasks).where(*filter_conditions(query, user=request.user.id, now=request.now))
    with request.instance.database.transaction() as transaction:
        connection = transaction.core
        if query.q:
            check_search_text(connection, query.q)
        rows = connection.execute(order.select_page(wanted, query)).all()
    return ApiResponse(
        make_page(rows, query.limit, item=task_store.to_task, key=lambda row: (query.sort, *order.key(row)))
    )
