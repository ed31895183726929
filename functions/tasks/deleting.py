"""The operation ``DELETE /tasks/{id}``: deletes a task, one occurrence of a series, or the whole series."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from events.task import Series, Task, TaskDeleted
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import series_store, task_store
from functions.tasks.continuation import continue_series
from functions.tasks.series_states import exclude_date
from functions.tasks.series_store import StoredOccurrence, StoredSeries
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.task_metrics import count_task_operation


class DeletionQuery(Query):
    """The extent of the deletion of a recurring task."""

    scope: Annotated[
        Literal["occurrence", "series"] | None,
        Field(
            description="`occurrence`: this occurrence only, and the next one is created; `series`: this and all later "
            "occurrences. Default: the series, or only this occurrence if its next one already exists"
        ),
    ] = None


@api.operation("DELETE", "/tasks/<uuid:task_id>", permission=WRITE_TASKS, query=DeletionQuery, responses={204: None})
def delete_task(request: AuthorizedRequest, query: DeletionQuery, *, task_id: UUID) -> ApiResponse:
    """Delete a task.

    ``scope=occurrence`` skips one occurrence of a recurring task. Its date is excluded (RFC 5545, section 3.8.5.1) and
    counts towards COUNT. The next occurrence is created at once, counted from now or from the due date, whichever is
    later. ``scope=series`` ends the series and also deletes its open occurrence; any occurrence may be in the path.
    Without a scope the deletion of the last occurrence ends the series, and the deletion of an earlier one does not.
    """
    with request.unit_of_work() as work:
        task, series, pattern = series_store.lock_task(work.transaction, request.user.id, task_id, lock_series=True)
        request.check_if_match(task.version)
        if series is None:
            _mark_deleted(work, task, None)
        elif query.scope == "occurrence":
            _skip_occurrence(work, StoredOccurrence(task, skipped=True, pattern=pattern), series)
        else:
            _delete_from_series(work, task, series.series, whole_series=query.scope == "series")
        response = request.record_response(work, ApiResponse(status=204))
    count_task_operation("delete")
    return response


def _skip_occurrence(work: UnitOfWork, occurrence: StoredOccurrence, stored: StoredSeries) -> None:
    """Delete one occurrence and create the next one, as if this one was completed now or on a later due date."""
    task, series = occurrence.task, stored.series
    original_date = task.recurrence_id or task.due_at
    if task.status == "open" and original_date is not None:
        series = exclude_date(series, original_date)
        series_store.store_exdates(work.transaction, series)
    _mark_deleted(work, task, series, skipped=True)
    if task_store.find_successor(work.transaction, task.user_id, task.id) is None:
        done_at = task.completed_at or max(work.now, task.due_at or work.now)
        continue_series(work, occurrence, series, stored.status, done_at=done_at)


def _delete_from_series(work: UnitOfWork, task: Task, series: Series, *, whole_series: bool) -> None:
    """Delete an occurrence. End the series if ``whole_series`` is true or the occurrence is the last one."""
    last = series_store.lock_last_occurrence(work.transaction, series.id)
    if whole_series or last is None or last.task.id == task.id:
        series_store.set_series_status(work.transaction, series.id, "ended")
    if (
        whole_series
        and last is not None
        and not last.skipped
        and last.task.id != task.id
        and last.task.status == "open"
    ):
        _mark_deleted(work, last.task, series)
    _mark_deleted(work, task, series)


def _mark_deleted(work: UnitOfWork, before: Task, series: Series | None, *, skipped: bool = False) -> None:
    task = before.model_copy(update={"updated_at": work.now, "version": before.version + 1})
    skipped_at = work.now if skipped else None
    task_store.update_task(work.transaction, task, deleted_at=work.now, skipped_at=skipped_at)
    work.emit(TaskDeleted(task=task, previous=before, series=series, skipped=skipped))
