"""Which tasks a list is asked for."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import ColumnElement, and_, not_

from events.fields import Instant, Tag
from events.task import Priority, Status
from functions.chassis.http.request_models import PageQuery
from functions.tasks.search import matches
from functions.tasks.tables import tasks

Search = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Sort = Literal["created", "updated", "due", "priority"]


class TaskQuery(PageQuery):
    """Which tasks, and in which order; filters combine."""

    status: Status | None = None
    priority: Priority | None = None
    tag: list[Tag] = Field(
        default_factory=list, max_length=20, description="given more than once, a task has all of them"
    )
    due_before: Annotated[Instant | None, Field(description="before this moment")] = None
    due_after: Annotated[Instant | None, Field(description="after this moment")] = None
    overdue: Annotated[bool | None, Field(description="open and due in the past; false: all others")] = None
    recurring: bool | None = None
    q: Annotated[
        Search | None,
        Field(description='words in title or notes, in any case; "a phrase", or, and -without as in a search engine'),
    ] = None
    sort: Annotated[
        Sort,
        Field(
            description="newest first by creation or change; soonest first by due date (those without one last); or "
            "most important first by priority, and soonest among equals"
        ),
    ] = "created"


def conditions(query: TaskQuery, *, user: str, now: datetime) -> list[ColumnElement[bool]]:
    """Return what must hold of a user's task to be listed."""
    columns = tasks.c
    given: list[ColumnElement[bool]] = [columns.user_id == user, columns.deleted_at.is_(None)]
    if query.status:
        given.append(columns.status == query.status)
    if query.priority:
        given.append(columns.priority == query.priority)
    if query.tag:
        given.append(columns.tags.contains(query.tag))
    if query.due_before:
        given.append(columns.due_at < query.due_before)
    if query.due_after:
        given.append(columns.due_at > query.due_after)
    if query.overdue is not None:
        overdue = and_(columns.status == "open", columns.due_at.is_not(None), columns.due_at < now)
        given.append(overdue if query.overdue else not_(overdue))
    if query.recurring is not None:
        given.append(columns.recurrence.is_not(None) if query.recurring else columns.recurrence.is_(None))
    if query.q:
        given.append(matches(user, query.q))
    return given
