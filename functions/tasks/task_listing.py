"""The operations ``GET /tasks/{id}`` and ``GET /tasks``, a list in pages by keyset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from events.task import Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.http.response import ApiResponse
from functions.chassis.runtime.keyset_statement import make_keyset_statement
from functions.chassis.runtime.statement import Row, Statement, quote_columns
from functions.tasks import task_store
from functions.tasks.full_text_search import check_search_text
from functions.tasks.service import READ_TASKS, api
from functions.tasks.task_document import to_document
from functions.tasks.task_filters import SortOrder, TaskQuery, filter_tasks
from functions.tasks.task_response import task_response
from functions.tasks.task_store import TASK_COLUMNS

_SELECT: Final = f"SELECT {quote_columns(TASK_COLUMNS)} FROM tasks.tasks"  # noqa: S608 - names of columns
_DUE: Final = "coalesce(due_at, 'infinity')"
# PostgreSQL uses the index only for exactly this expression.
_PRIORITY_RANK: Final = "CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END"
_RANKS: Final = {"high": 0, "medium": 1, "low": 2}
_Rank: Final = Annotated[int, Field(ge=0, le=3)]


@dataclass(frozen=True, slots=True)
class _KeysetOrder:
    """An order with an index: its SQL expressions, and the types and the values of a cursor after a row."""

    expressions: tuple[str, ...]
    types: tuple[Any, ...]
    key: Callable[[Row], tuple[object, ...]]
    newest_first: bool = False

    def select_page(self, query: TaskQuery, *, user: str, now: datetime) -> tuple[Statement, dict[str, Any]]:
        """Return the statement for the rows of a page and one more row, and the values of its parameters.

        The page starts after the sort key in the cursor. Writes between two pages do not move rows that are unchanged.
        """
        conditions, values = filter_tasks(query, user=user, now=now)
        cursor = decode_cursor(query.cursor, (Literal[query.sort], *self.types))
        after = ["infinity" if part is None else part for part in cursor[1:]] if cursor else None
        return make_keyset_statement(
            _SELECT,
            conditions,
            values,
            order=self.expressions,
            after=after,
            limit=query.limit,
            newest_first=self.newest_first,
        )


_ORDERS: Final[Mapping[SortOrder, _KeysetOrder]] = {
    "created": _KeysetOrder(
        ("created_at", "id"), (CursorTime, UUID), lambda row: (row["created_at"], row["id"]), newest_first=True
    ),
    "updated": _KeysetOrder(
        ("updated_at", "id"), (CursorTime, UUID), lambda row: (row["updated_at"], row["id"]), newest_first=True
    ),
    "due": _KeysetOrder((_DUE, "id"), (CursorTime | None, UUID), lambda row: (row["due_at"], row["id"])),
    "priority": _KeysetOrder(
        (_PRIORITY_RANK, _DUE, "id"),
        (_Rank, CursorTime | None, UUID),
        lambda row: (_RANKS.get(row["priority"], 3), row["due_at"], row["id"]),
    ),
}


@api.operation("GET", "/tasks/<uuid:task_id>", permission=READ_TASKS, responses={200: Task})
def read_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Read a task."""
    task = task_store.find_task(request.instance.database, request.user.id, task_id)
    request.check_if_match(task.version)
    return task_response(task)


@api.operation("GET", "/tasks", permission=READ_TASKS, query=TaskQuery, responses={200: Page[Task]})
def list_tasks(request: AuthorizedRequest, query: TaskQuery) -> ApiResponse:
    """List tasks.

    ``next`` continues after the end of a page. A task that keeps its position in the order is listed exactly once, even
    if other tasks are created and changed between two pages.
    """
    database = request.instance.database
    order = _ORDERS[query.sort]
    page, values = order.select_page(query, user=request.user.id, now=request.now)
    if query.q:
        check_search_text(database, query.q)
    rows = database.fetch_all(page, **values)
    return ApiResponse(make_page(rows, query.limit, item=to_document, key=lambda row: (query.sort, *order.key(row))))
