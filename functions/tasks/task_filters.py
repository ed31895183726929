"""The query parameters of ``GET /tasks``, and the SQL conditions that they stand for."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from events.fields import Instant, Tag
from events.task import Priority, Status
from functions.chassis.http.request_models import PageQuery
from functions.tasks.full_text_search import SEARCH_CONDITION, encode_owner

SearchText = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
SortOrder = Literal["created", "updated", "due", "priority"]


class TaskQuery(PageQuery):
    """The filters and the order of a list of tasks. A task matches if every given filter matches."""

    status: Status | None = None
    priority: Priority | None = None
    tag: list[Tag] = Field(
        default_factory=list, max_length=20, description="may be repeated; a task must have every tag"
    )
    due_before: Annotated[Instant | None, Field(description="before this moment")] = None
    due_after: Annotated[Instant | None, Field(description="after this moment")] = None
    overdue: Annotated[bool | None, Field(description="true: open and due in the past; false: all other tasks")] = None
    recurring: bool | None = None
    q: Annotated[
        SearchText | None,
        Field(description='words in title or notes, in any case; "a phrase", or, and -without as in a search engine'),
    ] = None
    sort: Annotated[
        SortOrder,
        Field(
            description="newest first by creation or change; soonest first by due date (those without one last); or "
            "most important first by priority, and soonest among equals"
        ),
    ] = "created"


_CONDITIONS: Final = {
    "status": "status = :status",
    "priority": "priority = :priority",
    "tag": "tags @> :tag",
    "due_before": "due_at < :due_before",
    "due_after": "due_at > :due_after",
    "q": SEARCH_CONDITION,
}
"""The SQL condition of each filter that has a value."""

_OVERDUE: Final = "(status = 'open' AND due_at IS NOT NULL AND due_at < :now)"


def filter_tasks(query: TaskQuery, *, user: str, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """Return the SQL conditions of the tasks of ``user`` that match a query, and the values of their parameters.

    ``now`` decides about overdue tasks.
    """
    values: dict[str, Any] = {name: getattr(query, name) for name in _CONDITIONS if getattr(query, name)}
    conditions = ["user_id = :user_id", "deleted_at IS NULL", *(_CONDITIONS[name] for name in values)]
    values["user_id"] = user
    if query.q:
        values["owner"] = encode_owner(user)
    if query.overdue is not None:
        conditions.append(_OVERDUE if query.overdue else f"NOT {_OVERDUE}")
        values["now"] = now
    if query.recurring is not None:
        conditions.append("recurrence IS NOT NULL" if query.recurring else "recurrence IS NULL")
    return conditions, values
