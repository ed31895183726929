"""The operation ``PUT /tasks/{id}``: replaces a task's fields, for one occurrence or for the series from here on."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from events.task import Series, Task, TaskUpdated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import field_problem
from functions.chassis.http.request_models import Query
from functions.chassis.http.response import ApiResponse
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import series_store, task_store
from functions.tasks.continuation import continue_series
from functions.tasks.draft import TaskDraft
from functions.tasks.rule_validation import validate_series_start
from functions.tasks.series_states import replace_fields_and_series
from functions.tasks.series_store import StoredOccurrence
from functions.tasks.service import WRITE_TASKS, api
from functions.tasks.successor import update_pattern
from functions.tasks.task_metrics import count_task_operation
from functions.tasks.task_response import task_response
from functions.tasks.task_states import has_same_content, replace_fields


class ReplacementQuery(Query):
    """The extent of a change of a recurring task."""

    scope: Annotated[
        Literal["occurrence", "future"] | None,
        Field(
            description="`occurrence`: this occurrence only; `future`: this and all later occurrences, including the "
            "due date. Default: another due date moves this occurrence only, all other changes apply to later ones too"
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
    """Replace a task's fields. If nothing changes, no event is emitted and the version stays.

    For a recurring task, another rule or time zone restarts the series at this task, and a request without a recurrence
    ends the series. Another due date moves this occurrence only; all other changes apply to later occurrences too. With
    ``scope=occurrence`` the next occurrence is created without the change, and the recurrence must not change. With
    ``scope=future`` another due date moves the series as well, and COUNT is not reset. A task with a next occurrence
    keeps its recurrence and does not accept ``scope=future`` (409). If the version in ``If-Match`` is not current, the
    response is 412 with the current version.
    """
    fields = body.to_task_fields()
    with request.unit_of_work() as work:
        before, stored, stored_pattern = series_store.lock_task(
            work.transaction, request.user.id, task_id, lock_series=True
        )
        request.check_if_match(before.version)
        series = stored.series if stored else None
        if query.scope == "occurrence":
            task, changed = replace_fields(before, fields, now=request.now), None
        else:
            task, changed = replace_fields_and_series(
                before,
                fields,
                series,
                now=request.now,
                move_series=query.scope == "future",
                wall_due_at=body.wall_due_at,
            )
        _check_scope(work, before, task, changed, query)
        pattern = _choose_pattern(stored_pattern, before, task, query)
        if pattern != stored_pattern:
            task_store.store_pattern(work.transaction, task.id, pattern)
        if has_same_content(task, before):
            return request.record_response(work, task_response(before))
        _store_series(work, before, task, changed)
        task_store.update_task(work.transaction, task)
        work.emit(TaskUpdated(task=task, previous=before, series=changed or (series if task.series_id else None)))
        if changed is not None and task.completed_at is not None:
            status = series_store.find_series(work.transaction, task.user_id, changed.id).status
            last = StoredOccurrence(task, skipped=False, pattern=pattern)
            continue_series(work, last, changed, status, done_at=task.completed_at)
        response = request.record_response(work, task_response(task))
    count_task_operation("update")
    return response


def _check_scope(work: UnitOfWork, before: Task, task: Task, changed: Series | None, query: ReplacementQuery) -> None:
    """Reject another recurrence for one occurrence (400), and a change of the series by an earlier occurrence (409)."""
    if query.scope == "occurrence":
        for name in ("recurrence", "time_zone") if before.series_id else ("recurrence",):
            if getattr(task, name) != getattr(before, name):
                field = "timeZone" if name == "time_zone" else name
                raise field_problem(400, field, "belongs to the whole series; change it with scope=future")
        return
    leaves_series = before.series_id is not None and task.series_id is None
    changes_future = before.series_id is not None and query.scope == "future"
    if not (leaves_series or changes_future or changed is not None):
        return
    if task_store.find_successor(work.transaction, task.user_id, task.id):
        message = "belongs to a series with a later occurrence; change the last occurrence, or PATCH the series"
        raise field_problem(409, "scope" if changes_future else "recurrence", message)


def _choose_pattern(stored: Task | None, before: Task, task: Task, query: ReplacementQuery) -> Task | None:
    """Return the pattern of the next occurrence, or None if the next occurrence follows the changed task.

    ``stored`` is the pattern before the change.
    """
    if query.scope == "future" or task.series_id is None:
        return None
    if query.scope == "occurrence":
        return stored or (None if has_same_content(task, before) else before)
    return update_pattern(stored, before, task) if stored else None


def _store_series(work: UnitOfWork, before: Task, task: Task, changed: Series | None) -> None:
    """Store the changed series, or end the series that the task leaves."""
    if changed is not None:
        validate_series_start(changed)
        series_store.replace_series(work.transaction, task.user_id, changed)
    elif before.series_id is not None and task.series_id is None:
        series_store.set_series_status(work.transaction, before.series_id, "ended")
