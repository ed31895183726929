"""The next occurrence of a task: an operation that only ``create-next-occurrence`` may ask for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from events.fields import Instant
from events.ids import derived_id
from events.task import Series, Task, TaskCreated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import changes, series_store, store
from functions.tasks.following import occurrence_after
from functions.tasks.series_store import SeriesStatus
from functions.tasks.service import WRITE_TASKS, api

NEXT_OCCURRENCE = "create-next-occurrence"


class NextOccurrence(Body):
    """The occurrence that follows a completed one."""

    follows: UUID
    number: Annotated[int | None, Field(ge=1, le=2**31 - 1, deprecated="computed by this service")] = None
    due_at: Annotated[Instant | None, Field(deprecated="computed by this service")] = None


@api.operation(
    "POST",
    "/series/<uuid:series_id>/occurrences",
    permission=WRITE_TASKS,
    body=NextOccurrence,
    responses={201: Task, 204: None},
)
def create_next(request: AuthorizedRequest, body: NextOccurrence, *, series_id: UUID) -> ApiResponse:
    """Create the occurrence that follows a completed one; for ``create-next-occurrence`` only, on its user's behalf.

    A task has at most one successor, however often it is requested. The answer is 204 if the series is paused or has
    ended, or if the task was deleted or reopened meanwhile. The date is computed from the series as it is now.
    ``number`` and ``dueAt`` are ignored; older revisions of ``create-next-occurrence`` still send them.
    """
    if request.user.acting != NEXT_OCCURRENCE:
        raise Problem(403, f"only {NEXT_OCCURRENCE} may do this")
    with request.unit_of_work() as work:
        series, status, _ = series_store.find(work.connection, request.user.id, series_id, lock=True)
        successor = store.find_successor(work.connection, request.user.id, body.follows)
        if successor is None:
            last = series_store.lock_last(work.connection, series_id)
            if last is not None and last.task.id == body.follows and last.task.completed_at is not None:
                successor = go_on(work, last.task, series, status, done_at=last.task.completed_at)
    if successor is None:
        return ApiResponse(status=204)
    return ApiResponse(successor, 201, {"Location": f"/tasks/{successor.id}", "ETag": etag(successor.version)})


def go_on(work: UnitOfWork, last: Task, series: Series, status: SeriesStatus, *, done_at: datetime) -> Task | None:
    """Create what follows the last occurrence of a series, both locked; None where its rule or its status ends it."""
    following = occurrence_after(last, series, completed_at=done_at) if status == "active" else None
    if following is None:
        return None
    number, due_at = following
    pattern = store.find_pattern(work.connection, last.id) or last
    successor = changes.succeeded(pattern, series, number=number, due_at=due_at, now=work.now)
    store.add(work.connection, successor, follows=last.id)
    work.emit(TaskCreated(task=successor, series=series), event_id=derived_id(TaskCreated.type, successor.id))
    return successor
