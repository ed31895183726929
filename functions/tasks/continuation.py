"""Continues a series with its next occurrence.

The reaction ``create-next-occurrence`` requests it after a completion. Other operations of this folder continue a
series themselves, for example after one occurrence is skipped.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from events.fields import Instant
from events.ids import derived_id
from events.task import Series, Task, TaskCreated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem
from functions.chassis.http.request_models import Body
from functions.chassis.http.response import ApiResponse
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import series_store, task_store
from functions.tasks.next_due_date import compute_next_due_date
from functions.tasks.series_store import SeriesStatus, StoredOccurrence
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.successor import build_successor
from functions.tasks.task_response import created_task_response

ALLOWED_SERVICE: Final = "create-next-occurrence"


class SuccessorRequest(Body):
    """A request for the occurrence that follows a completed one."""

    follows: UUID
    number: Annotated[int | None, Field(ge=1, le=2**31 - 1, deprecated="computed by this service")] = None
    due_at: Annotated[Instant | None, Field(deprecated="computed by this service")] = None


@api.operation(
    "POST",
    "/series/<uuid:series_id>/occurrences",
    permission=WRITE_TASKS,
    body=SuccessorRequest,
    responses={201: Task, 204: None},
)
def create_successor(request: AuthorizedRequest, body: SuccessorRequest, *, series_id: UUID) -> ApiResponse:
    """Create the occurrence that follows a completed one; for ``create-next-occurrence`` only, on its user's behalf.

    A task has at most one successor, however often it is requested. The answer is 204 if the series is paused or has
    ended, or if the task was deleted or reopened meanwhile. The date is computed from the current series.
    ``number`` and ``dueAt`` are ignored; older revisions of ``create-next-occurrence`` still send them.
    """
    if request.user.acting != ALLOWED_SERVICE:
        raise Problem(403, f"only {ALLOWED_SERVICE} may do this")
    with request.unit_of_work() as work:
        (series, status, _), last = series_store.lock_series(work.transaction, request.user.id, series_id)
        if last is None or last.task.id != body.follows:
            successor = task_store.find_successor(work.transaction, request.user.id, body.follows)
        elif last.task.completed_at is None:
            successor = None
        else:
            successor = continue_series(work, last, series, status, done_at=last.task.completed_at)
        response = created_task_response(successor) if successor else ApiResponse(status=204)
        return request.record_response(work, response)


def continue_series(
    work: UnitOfWork, last: StoredOccurrence, series: Series, status: SeriesStatus, *, done_at: datetime
) -> Task | None:
    """Create and return the occurrence after ``last``, the last one of a series.

    Returns None if the series is not active or its rule has ended. The caller has locked the series and ``last``.
    ``done_at`` counts as the time of completion.
    """
    following = compute_next_due_date(last.task, series, completed_at=done_at) if status == "active" else None
    if following is None:
        return None
    pattern = last.pattern or last.task
    successor = build_successor(pattern, series, number=following.number, due_at=following.due_at, now=work.now)
    task_store.store_successor(work.transaction, successor, follows=last.task.id)
    work.emit(TaskCreated(task=successor, series=series), event_id=derived_id(TaskCreated.type, successor.id))
    return successor
