"""Creating, completing and reopening tasks. Each change locks its row: of two at once the second sees the first."""

from collections.abc import Callable
from uuid import UUID

from events.task import Task, TaskCompleted, TaskCreated, TaskEvent, TaskReopened
from functions.chassis.answer import Answer, etag
from functions.chassis.call import Call
from functions.chassis.telemetry import metrics
from functions.tasks import changes, series_store, store
from functions.tasks.draft import TaskDraft, check_beginning
from functions.tasks.service import api


@api.operation("POST", "/tasks", permission="tasks:write", body=TaskDraft, answers={201: Task})
def create_task(call: Call, body: TaskDraft) -> Answer:
    """Create a task.

    A recurring task needs ``dueAt`` and ``timeZone``: its due date is the first occurrence, whether the rule would
    produce it or not (RFC 5545, section 3.8.5.3), and it comes again when it is completed.
    """
    task, series = changes.created(
        body.fields(), task_id=call.new_id(), user=call.user.id, now=call.now, written=body.written
    )
    if series is not None:
        check_beginning(series)
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


def _answer(task: Task) -> Answer:
    return Answer(task, 200, {"ETag": etag(task.version)})
