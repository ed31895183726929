"""The operations that complete and reopen a task."""

from collections.abc import Callable
from uuid import UUID

from events.task import Task, TaskCompleted, TaskEvent, TaskReopened
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse
from functions.tasks import series_store, task_store
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.task_metrics import count_task_operation
from functions.tasks.task_response import task_response
from functions.tasks.task_states import mark_completed, mark_reopened


@api.operation("POST", "/tasks/<uuid:task_id>/complete", permission=WRITE_TASKS, responses={200: Task})
def complete_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Complete a task. Completing it again changes nothing. A recurring task gets one next occurrence."""

    def complete(task: Task) -> Task:
        return task if task.status == "completed" else mark_completed(task, now=request.now)

    return _change_status(request, task_id, complete, TaskCompleted, "complete")


@api.operation("POST", "/tasks/<uuid:task_id>/reopen", permission=WRITE_TASKS, responses={200: Task})
def reopen_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Reopen a completed task. Its next occurrence remains, and is not created again."""

    def reopen(task: Task) -> Task:
        return task if task.status == "open" else mark_reopened(task, now=request.now)

    return _change_status(request, task_id, reopen, TaskReopened, "reopen")


def _change_status(
    request: AuthorizedRequest,
    task_id: UUID,
    change: Callable[[Task], Task],
    event_type: type[TaskEvent],
    operation: str,
) -> ApiResponse:
    """Store the changed task and emit its event. If ``change`` returns the same task, no write is needed."""
    with request.unit_of_work() as work:
        before, series, _ = series_store.lock_task(work.transaction, request.user.id, task_id)
        request.check_if_match(before.version)
        task = change(before)
        if task is not before:
            task_store.update_task(work.transaction, task)
            work.emit(event_type(task=task, previous=before, series=series.series if series else None))
        response = request.record_response(work, task_response(task))
    count_task_operation(operation)
    return response
