"""Replacing a task's fields: for one occurrence, or for the series from here on."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from events.task import Series, Task, TaskUpdated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import changes, series_store, store
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.succession import go_on
from functions.tasks.task_metrics import count_task_operation


class ReplacementQuery(Query):
    """How far a change of a recurring task reaches."""

    scope: Annotated[
        Literal["occurrence", "future"] | None,
        Field(
            description="`occurrence`: this one only; `future`: this one and all that come after, the due date as "
            "well. Left out: another due date is this one's only, all else holds from here on"
        ),
    ] = None


@api.operation(
    "PUT",
    "/tasks/<uuid:task_id>",
    permission=WRITE_TASKS,
    body=TaskDraft,
    query=ReplacementQuery,
    responses={200: Task},
)
def replace_task(request: AuthorizedRequest, body: TaskDraft, query: ReplacementQuery, *, task_id: UUID) -> ApiResponse:
    """Replace a task's fields. Nothing is said where nothing changes.

    Of a recurring task another rule or zone begins the series anew at this task, no recurrence ends it, and another due
    date moves this occurrence only; all else holds from here on. With ``scope=occurrence`` the next occurrence has
    nothing of the change, and the recurrence has to stay. With ``scope=future`` a due date that differs from where the
    rule puts this occurrence moves the series with it; what COUNT has used up stays used up. A task that was followed
    by its next occurrence keeps its recurrence and takes no ``scope=future`` (409). With ``If-Match`` a task that
    changed meanwhile is answered with 412 and its current version.
    """
    fields = body.fields()
    with request.unit_of_work() as work:
        series_store.lock_of(work.connection, request.user.id, task_id)
        before = store.find(work.connection, request.user.id, task_id, lock=True)
        request.check_if_match(before.version)
        series = series_store.of_task(work.connection, before)
        if query.scope == "occurrence":
            task, changed = changes.replaced_alone(before, fields, now=request.now), None
        else:
            shift = query.scope == "future"
            task, changed = changes.replaced(before, fields, series, now=request.now, shift=shift, written=body.written)
        _check(work, before, task, changed, query)
        _keep_pattern(work, before, task, query)
        if changes.same(task, before):
            return _answer(before)
        _steer(work, before, task, changed)
        store.save(work.connection, task)
        work.emit(TaskUpdated(task=task, previous=before, series=changed or (series if task.series_id else None)))
        if changed is not None and task.completed_at is not None:
            _, status, _ = series_store.find(work.connection, task.user_id, changed.id)
            go_on(work, task, changed, status, done_at=task.completed_at)
    count_task_operation("update")
    return _answer(task)


def _check(work: UnitOfWork, before: Task, task: Task, changed: Series | None, query: ReplacementQuery) -> None:
    """Refuse a change of a series by any but its last occurrence, and one of the recurrence for one occurrence."""
    if query.scope == "occurrence":
        for name in ("recurrence", "time_zone") if before.series_id else ("recurrence",):
            if getattr(task, name) != getattr(before, name):
                field = "timeZone" if name == "time_zone" else name
                raise field_problem(400, field, "is the whole series'; change it with scope=future")
        return
    left = before.series_id is not None and task.series_id is None
    onward = before.series_id is not None and query.scope == "future"
    if (left or onward or changed is not None) and store.find_successor(work.connection, task.user_id, task.id):
        message = "belongs to a series that went on; change its last occurrence, or PATCH the series"
        raise field_problem(409, "scope" if onward else "recurrence", message)


def _keep_pattern(work: UnitOfWork, before: Task, task: Task, query: ReplacementQuery) -> None:
    """Remember what the next occurrence is made from, where this one is to differ from it."""
    kept = store.find_pattern(work.connection, task.id)
    pattern = kept
    if query.scope == "future" or task.series_id is None:
        pattern = None
    elif query.scope == "occurrence":
        pattern = kept or (None if changes.same(task, before) else before)
    elif kept is not None:
        pattern = changes.carried_over(kept, before, task)
    if pattern != kept:
        store.keep_pattern(work.connection, task.id, pattern)


def _steer(work: UnitOfWork, before: Task, task: Task, changed: Series | None) -> None:
    """Let a task's series follow a change of its recurrence."""
    if changed is not None:
        check_beginning(changed)
        series_store.put(work.connection, task.user_id, changed)
    elif before.series_id is not None and task.series_id is None:
        series_store.set_status(work.connection, before.series_id, "ended")


def _answer(task: Task) -> ApiResponse:
    return ApiResponse(task, 200, {"ETag": etag(task.version)})
