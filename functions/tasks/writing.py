"""Creating and changing tasks. Each change locks its row, so that of two at once the second sees the first."""

from collections.abc import Callable
from uuid import UUID

from events.task import Series, Task, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskUpdated
from functions.chassis.answer import Answer, etag
from functions.chassis.call import Call
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
            series_store.put(work.connection, call.user.id, series)
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

    Another recurrence, or another zone, begins the series anew at this task; another due date moves this occurrence
    only. With ``If-Match`` a task that changed meanwhile is answered with 412 and its current version.
    """
    with call.unit_of_work() as work:
        before = store.find(work.connection, call.user.id, task_id, lock=True)
        call.expect(before.version)
        task, begun = changes.replaced(before, body.fields(), now=call.now)
        if changes.same(task, before):
            return _answer(before)
        if begun is not None:
            series_store.put(work.connection, call.user.id, begun)
        elif before.series_id and task.series_id is None:
            series_store.end(work.connection, before.series_id)
        store.save(work.connection, task)
        work.say(TaskUpdated(task=task, previous=before, series=begun or series_store.of_task(work.connection, task)))
    metrics.task_operation("update")
    return _answer(task)


@api.operation("DELETE", "/tasks/<uuid:task_id>", permission="tasks:write", answers={204: None})
def delete_task(call: Call, *, task_id: UUID) -> Answer:
    """Delete a task. A recurring one does not come again."""
    with call.unit_of_work() as work:
        before = store.find(work.connection, call.user.id, task_id, lock=True)
        call.expect(before.version)
        task = before.model_copy(update={"updated_at": call.now, "version": before.version + 1})
        series = series_store.of_task(work.connection, task)
        if series is not None and task.status == "open":
            series_store.end(work.connection, series.id)
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
            work.say(said(task=task, previous=before, series=_series(work, task)))
    metrics.task_operation(operation)
    return _answer(task)


def _series(work: UnitOfWork, task: Task) -> Series | None:
    return series_store.of_task(work.connection, task)


def _answer(task: Task) -> Answer:
    return Answer(task, 200, {"ETag": etag(task.version)})
