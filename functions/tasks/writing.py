"""Creating and changing tasks. Each change locks its row, so that of two at once the second sees the first."""

from collections.abc import Callable
from uuid import UUID

from events.task import Series, Task, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskUpdated
from functions.chassis.answer import Answer, etag
from functions.chassis.call import Call
from functions.chassis.problem import field_problem
from functions.chassis.telemetry import metrics
from functions.chassis.unit_of_work import UnitOfWork
from functions.tasks import changes, series_store, store
from functions.tasks.draft import TaskDraft
from functions.tasks.service import api


@api.operation("POST", "/tasks", permission="tasks:write", body=TaskDraft, answers={201: Task})
def create_task(call: Call, body: TaskDraft) -> Answer:
    """Create a task.

    A recurring task needs ``dueAt`` and ``timeZone``: its due date is the first occurrence, whether the rule would
    produce it or not (RFC 5545, section 3.8.5.3), and it comes again when it is completed.
    """
    task, series = changes.created(body.fields(), task_id=call.new_id(), user=call.user.id, now=call.now)
    with call.unit_of_work() as work:
        if series is not None:
            series_store.add(work.connection, call.user.id, series)
        if store.add(work.connection, task, digest=call.digest):
            work.say(TaskCreated(task=task, series=series))
        else:
            task, digest = store.find_made_by(work.connection, task.id)
            call.expect_same(digest)
    metrics.task_operation("create")
    return Answer(task, 201, {"Location": f"/tasks/{task.id}", "ETag": etag(task.version)})


@api.operation("PUT", "/tasks/<uuid:task_id>", permission="tasks:write", body=TaskDraft, answers={200: Task})
def replace_task(call: Call, body: TaskDraft, *, task_id: UUID) -> Answer:
    """Replace a task's fields. Nothing is said where nothing changes.

    Another rule or zone begins the series anew at this task, no recurrence ends it, and another due date moves this
    occurrence only. A task that was followed by its next occurrence keeps its recurrence (409 otherwise). With
    ``If-Match`` a task that changed meanwhile is answered with 412 and its current version.
    """
    fields = body.fields()
    with call.unit_of_work() as work:
        series_store.lock_of(work.connection, call.user.id, task_id)
        before = store.find(work.connection, call.user.id, task_id, lock=True)
        call.expect(before.version)
        series = series_store.of_task(work.connection, before)
        task, changed = changes.replaced(before, fields, series, now=call.now)
        if changes.same(task, before):
            return _answer(before)
        _steer(work, before, task, changed)
        store.save(work.connection, task)
        work.say(TaskUpdated(task=task, previous=before, series=changed or (series if task.series_id else None)))
    metrics.task_operation("update")
    return _answer(task)


@api.operation("DELETE", "/tasks/<uuid:task_id>", permission="tasks:write", answers={204: None})
def delete_task(call: Call, *, task_id: UUID) -> Answer:
    """Delete a task. A recurring one does not come again, unless its next occurrence is there already."""
    with call.unit_of_work() as work:
        series_store.lock_of(work.connection, call.user.id, task_id)
        before = store.find(work.connection, call.user.id, task_id, lock=True)
        call.expect(before.version)
        task = before.model_copy(update={"updated_at": call.now, "version": before.version + 1})
        series = series_store.of_task(work.connection, task)
        if series is not None and not _is_followed(work, task):
            series_store.set_status(work.connection, series.id, "ended")
        store.save(work.connection, task, deleted_at=call.now)
        work.say(TaskDeleted(task=task, previous=before, series=series))
    metrics.task_operation("delete")
    return Answer(status=204)


@api.operation("POST", "/tasks/<uuid:task_id>/complete", permission="tasks:write", answers={200: Task})
def complete_task(call: Call, *, task_id: UUID) -> Answer:
    """Complete a task. Completing it twice is the same as once; a recurring one has one next occurrence."""

    def complete(task: Task) -> Task:
        return task if task.status == "completed" else changes.completed(task, now=call.now)

    return _change(call, task_id, complete, TaskCompleted, "complete")


@api.operation("POST", "/tasks/<uuid:task_id>/reopen", permission="tasks:write", answers={200: Task})
def reopen_task(call: Call, *, task_id: UUID) -> Answer:
    """Reopen a task that was completed. A next occurrence that there is already stays, and is not made again."""

    def reopen(task: Task) -> Task:
        return task if task.status == "open" else changes.reopened(task, now=call.now)

    return _change(call, task_id, reopen, TaskReopened, "reopen")


def _change(call: Call, task_id: UUID, change: Callable[[Task], Task], said: type[TaskEvent], operation: str) -> Answer:
    with call.unit_of_work() as work:
        before = store.find(work.connection, call.user.id, task_id, lock=True)
        call.expect(before.version)
        task = change(before)
        if task is not before:
            store.save(work.connection, task)
            work.say(said(task=task, previous=before, series=series_store.of_task(work.connection, task)))
    metrics.task_operation(operation)
    return _answer(task)


def _steer(work: UnitOfWork, before: Task, task: Task, changed: Series | None) -> None:
    """Let a task's series follow a change of its recurrence; only the last occurrence may change it."""
    left = before.series_id is not None and task.series_id is None
    if (left or changed is not None) and _is_followed(work, before):
        message = "belongs to a series that went on; change its last occurrence, or PATCH the series"
        raise field_problem(409, "recurrence", message)
    if changed is not None:
        series_store.put(work.connection, task.user_id, changed)
    elif left and before.series_id is not None:
        series_store.set_status(work.connection, before.series_id, "ended")


def _is_followed(work: UnitOfWork, task: Task) -> bool:
    return store.find_successor(work.connection, task.user_id, task.id) is not None


def _answer(task: Task) -> Answer:
    return Answer(task, 200, {"ETag": etag(task.version)})
