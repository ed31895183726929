"""The query parameters of ``GET /tasks``, and the SQL conditions that they stand for."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import ColumnElement, and_, not_

from events.fields import Instant, Tag
from events.task import Priority, Status
from functions.chassis.http.request_models import PageQuery
from functions.tasks.full_text_search import search_condition
from functions.tasks.tables import tasks

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


def filter_conditions(query: TaskQuery, *, user: str, now: datetime) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of the tasks of ``user`` that match a query. ``now`` decides about overdue tasks."""
    columns = tasks.c
    conditions: list[ColumnElement[bool]] = [columns.user_id == user, columns.deleted_at.is_(None)]
    if query.status:
        conditions.append(columns.status == query.status)
    if query.priority:
        conditions.append(columns.priority == query.priority)
    if query.tag:
        conditions.append(columns.tags.contains(query.tag))
    if query.due_before:
        conditions.append(columns.due_at < query.due_before)
    if query.due_after:
        conditions.append(columns.due_at > query.due_after)
    if query.overdue is not None:
        overdue = and_(columns.status == "open", columns.due_at.is_not(None), columns.due_at < now)
        conditions.append(overdue if query.overdue else not_(overdue))
    if query.recurring is not None:
        conditions.append(columns.recurrence.is_not(None) if query.recurring else columns.recurrence.is_(None))
    if query.q:
        conditions.append(search_condition(user, query.q))
    return conditions
