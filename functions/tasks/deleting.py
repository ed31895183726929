"""Deleting a task: one occurrence of its series, or the series with it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from events.task import Series, Task, TaskDeleted
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import changes, series_store, store
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.succession import go_on
from functions.tasks.task_metrics import count_task_operation


class DeletionQuery(Query):
    """How much of a recurring task goes."""

    scope: Annotated[
        Literal["occurrence", "series"] | None,
        Field(
            description="`occurrence`: this one only, and the next one appears; `series`: nothing comes any more. "
            "Left out: the series, or this one only where its next occurrence is there already"
        ),
    ] = None


@api.operation("DELETE", "/tasks/<uuid:task_id>", permission=WRITE_TASKS, query=DeletionQuery, responses={204: None})
def delete_task(request: AuthorizedRequest, query: DeletionQuery, *, task_id: UUID) -> ApiResponse:
    """Delete a task.

    ``scope=occurrence`` skips one of a recurring task: the date is excluded (RFC 5545, section 3.8.5.1) and counts
    towards COUNT, and the next occurrence is there at once, from now or from the due date, whichever is later.
    ``scope=series`` ends the series and deletes its open occurrence as well, whichever one is asked for. Without a
    scope a recurring task does not come again, unless its next occurrence is there already.
    """
    with request.unit_of_work() as work:
        series_store.lock_of(work.connection, request.user.id, task_id)
        task = store.find(work.connection, request.user.id, task_id, lock=True)
        request.check_if_match(task.version)
        series = series_store.of_task(work.connection, task)
        if series is None:
            _delete(work, task, None)
        elif query.scope == "occurrence":
            _skip(work, task, series)
        else:
            _end(work, task, series, whole=query.scope == "series")
    count_task_operation("delete")
    return ApiResponse(status=204)


def _skip(work: UnitOfWork, task: Task, series: Series) -> None:
    """Delete one occurrence, and let its series go on as if it had been done when it was due."""
    at = task.recurrence_id or task.due_at
    if task.status == "open" and at is not None:
        series = changes.excluding(series, at)
        series_store.set_exdates(work.connection, series)
    _delete(work, task, series, skipped=True)
    if store.find_successor(work.connection, task.user_id, task.id) is None:
        _, status, _ = series_store.find(work.connection, task.user_id, series.id)
        go_on(work, task, series, status, done_at=task.completed_at or max(work.now, task.due_at or work.now))


def _end(work: UnitOfWork, task: Task, series: Series, *, whole: bool) -> None:
    """Delete an occurrence and end its series: from any occurrence (``whole``), or from the last one."""
    last = series_store.lock_last(work.connection, series.id)
    if whole or last is None or last.task.id == task.id:
        series_store.set_status(work.connection, series.id, "ended")
    if whole and last is not None and not last.skipped and last.task.id != task.id and last.task.status == "open":
        _delete(work, last.task, series)
    _delete(work, task, series)


def _delete(work: UnitOfWork, before: Task, series: Series | None, *, skipped: bool = False) -> None:
    task = before.model_copy(update={"updated_at": work.now, "version": before.version + 1})
    store.save(work.connection, task, deleted_at=work.now, skipped_at=work.now if skipped else None)
    work.emit(TaskDeleted(task=task, previous=before, series=series, skipped=skipped))
