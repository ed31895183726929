"""Creating, completing and reopening tasks. Each change locks its row: of two at once the second sees the first."""

from collections.abc import Callable
from uuid import UUID

from events.task import Task, TaskCompleted, TaskCreated, TaskEvent, TaskReopened
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse, etag
from functions.tasks import changes, series_store, store
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.task_metrics import count_task_operation


@api.operation("POST", "/tasks", permission=WRITE_TASKS, body=TaskDraft, responses={201: Task})
def create_task(request: AuthorizedRequest, body: TaskDraft) -> ApiResponse:
    """Create a task.

    A recurring task needs ``dueAt`` and ``timeZone``: its due date is the first occurrence, whether the rule would
    produce it or not (RFC 5545, section 3.8.5.3), and it comes again when it is completed.
    """
    task, series = changes.created(
        body.fields(), task_id=request.new_id(), user=request.user.id, now=request.now, written=body.written
    )
    if series is not None:
        check_beginning(series)
    with request.unit_of_work() as work:
        if series is not None:
            series_store.add(work.connection, request.user.id, series)
        if store.add(work.connection, task, digest=request.digest):
            work.emit(TaskCreated(task=task, series=series))
        else:
            task, digest = store.find_made_by(work.connection, task.id)
            request.check_same_request(digest)
    count_task_operation("create")
    return ApiResponse(task, 201, {"Location": f"/tasks/{task.id}", "ETag": etag(task.version)})


@api.operation("POST", "/tasks/<uuid:task_id>/complete", permission=WRITE_TASKS, responses={200: Task})
def complete_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Complete a task. Completing it twice is the same as once; a recurring one has one next occurrence."""

    def complete(task: Task) -> Task:
        return task if task.status == "completed" else changes.completed(task, now=request.now)

    return _change(request, task_id, complete, TaskCompleted, "complete")


@api.operation("POST", "/tasks/<uuid:task_id>/reopen", permission=WRITE_TASKS, responses={200: Task})
def reopen_task(request: AuthorizedRequest, *, task_id: UUID) -> ApiResponse:
    """Reopen a task that was completed. A next occurrence that there is already stays, and is not made again."""

    def reopen(task: Task) -> Task:
        return task if task.status == "open" else changes.reopened(task, now=request.now)

    return _change(request, task_id, reopen, TaskReopened, "reopen")


def _change(
    request: AuthorizedRequest, task_id: UUID, change: Callable[[Task], Task], said: type[TaskEvent], operation: str
) -> ApiResponse:
    with request.unit_of_work() as work:
        before = store.find(work.connection, request.user.id, task_id, lock=True)
        request.check_if_match(before.version)
        task = change(before)
        if task is not before:
            store.save(work.connection, task)
            work.emit(said(task=task, previous=before, series=series_store.of_task(work.connection, task)))
    count_task_operation(operation)
    return _answer(task)


def _answer(task: Task) -> ApiResponse:
    return ApiResponse(task, 200, {"ETag": etag(task.version)})
