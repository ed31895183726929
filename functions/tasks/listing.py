"""Reading tasks: one, or a list by keyset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Integer, Row, Select, func, literal, literal_column, select, tuple_

from events.task import Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.response import ApiResponse, etag
from functions.tasks import store
from functions.tasks.filters import Sort, TaskQuery, conditions
from functions.tasks.search import expect_words
from functions.tasks.service import READ_TASKS, api
from functions.tasks.tables import tasks

_NEVER: Final[ColumnElement[Any]] = literal_column("'infinity'::timestamptz")
_DUE: Final = func.coalesce(tasks.c.due_at, _NEVER)

# Written out, as PostgreSQL takes an index only for the very expression that it was made of.
_RANK: Final = literal_column(
    "CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END", Integer
)
_RANKS: Final = {"high": 0, "medium": 1, "low": 2}
_Rank: Final = Annotated[int, Field(ge=0, le=3)]


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that an index has, and what of a row a cursor must hold, behind the order's name, to go on after it."""

    columns: tuple[ColumnElement[Any], ...]
    types: tuple[Any, ...]
    key: Callable[[Row[Any]], tuple[object, ...]]
    newest_first: bool = False

    def page_of(self, wanted: Select[Any], query: TaskQuery) -> Select[Any]:
        """Return the rows of a page and one more. A row that stays where it is has its place, whatever others do."""
        ends_with = decode_cursor(query.cursor, (Literal[query.sort], *self.types))
        place = tuple_(*self.columns)
        if ends_with is not None:
            parts = zip(self.columns, ends_with[1:], strict=True)
            last = tuple_(*(_NEVER if part is None else literal(part, column.type) for column, part in parts))
            wanted = wanted.where(place < last if self.newest_first else place > last)
        ordered = (column.desc() if self.newest_first else column for column in self.columns)
        return wanted.order_by(*ordered).limit(query.limit + 1)


_ORDERS: Final[Mapping[Sort, _Order]] = {
    "created": _Order(
        (tasks.c.created_at, tasks.c.id), (CursorTime, UUID), lambda row: (row.created_at, row.id), newest_first=True
    ),
    "updated": _Order(
        (tasks.c.updated_at, tasks.c.id), (CursorTime, UUID), lambda row: (row.updated_at, row.id), newest_first=True
    ),
    "due": _Order((_DUE, tasks.c.id), (CursorTime | None, UUID), lambda row: (row.due_at, row.id)),
    "priority": _Order(
        (_RANK, _DUE, tasks.c.id),
        (_Rank, CursorTime | None, UUID),
        lambda row: (_RANKS.get(row.priority, 3), row.due_at, row.id),
    ),
}


@api.operation("GET", "/tasks/<uuid:task_id>", permission=READ_TASKS, responses={200: Task})
def read_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Read a task."""
    with request.instance.database.transaction() as connection:
        task = store.find(connection, request.user.id, task_id)
    request.check_if_match(task.version)
    return ApiResponse(task, 200, {"ETag": etag(task.version)})


@api.operation("GET", "/tasks", permission=READ_TASKS, query=TaskQuery, responses={200: Page[Task]})
def list_tasks(request: AuthorizedRequest, query: TaskQuery) -> ApiResponse:
    """List tasks.

    ``next`` goes on where a page ended: while tasks are made and changed between two pages, none that stays where it
    is in the order is left out or comes twice.
    """
    order = _ORDERS[query.sort]
    wanted = select(tasks).where(*conditions(query, user=request.user.id, now=request.now))
    with request.instance.database.transaction() as connection:
        if query.q:
            expect_words(connection, query.q)
        rows = connection.execute(order.page_of(wanted, query)).all()
    return ApiResponse(make_page(rows, query.limit, item=store.task_of, key=lambda row: (query.sort, *order.key(row))))
