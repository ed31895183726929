"""The operation ``POST /tasks``."""

from events.task import Series, Task, TaskCreated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse
from functions.chassis.runtime.database import DuplicateRowError
from functions.tasks import series_store, task_store
from functions.tasks.draft import TaskDraft
from functions.tasks.rule_validation import validate_series_start
from functions.tasks.series_states import build_task_and_series
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.task_metrics import count_task_operation
from functions.tasks.task_response import created_task_response


@api.operation("POST", "/tasks", permission=WRITE_TASKS, body=TaskDraft, responses={201: Task})
def create_task(request: AuthorizedRequest, body: TaskDraft) -> ApiResponse:
    """Create a task.

    A recurring task needs ``dueAt`` and ``timeZone``. Its due date is the first occurrence, even if the rule does not
    produce that date (RFC 5545, section 3.8.5.3). The next occurrence is created when the task is completed.
    """
    task, series = build_task_and_series(
        body.to_task_fields(),
        task_id=request.new_id(),
        user=request.user.id,
        now=request.now,
        wall_due_at=body.wall_due_at,
    )
    if series is not None:
        validate_series_start(series)
    try:
        _save_task(request, task, series)
    except DuplicateRowError:  # a repeat of a request that the state store does not know
        task, digest = task_store.find_created_task(request.instance.database, task.id)
        request.check_same_request(digest)
    count_task_operation("create")
    return created_task_response(task)


def _save_task(request: AuthorizedRequest, task: Task, series: Series | None) -> None:
    """Store a new task, its event and its response in one exchange."""
    with request.unit_of_work() as work:
        if series is not None:
            series_store.store_series(work.transaction, request.user.id, series)
        task_store.store_task(work.transaction, task, digest=request.digest)
        work.emit(TaskCreated(task=task, series=series))
        request.record_response(work, created_task_response(task))
