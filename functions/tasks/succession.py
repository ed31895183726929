"""The next occurrence of a task: an operation that only ``create-next-occurrence`` may ask for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from events.fields import Instant
from events.ids import derived_id
from events.task import Series, Task, TaskCreated
from functions.chassis.answer import Answer, etag
from functions.chassis.body import Body
from functions.chassis.call import Call
from functions.chassis.problem import Problem
from functions.chassis.unit_of_work import UnitOfWork
from functions.recurrence.following import occurrence_after
from functions.tasks import changes, series_store, store
from functions.tasks.service import api

NEXT_OCCURRENCE = "create-next-occurrence"


class NextOccurrence(Body):
    """The occurrence that follows a completed one."""

    follows: UUID
    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    due_at: Instant


@api.operation(
    "POST",
    "/series/<uuid:series_id>/occurrences",
    permission="tasks:write",
    body=NextOccurrence,
    answers={201: Task, 204: None},
)
def create_next(call: Call, body: NextOccurrence, *, series_id: UUID) -> Answer:
    """Create the occurrence that follows a completed one; for ``create-next-occurrence`` only, on its user's behalf.

    A task has at most one successor, whoever asks and how often. There is none (204) where the series was paused or
    ended, or the task was deleted or reopened meanwhile.
    """
    if call.user.acting != NEXT_OCCURRENCE:
        raise Problem(403, f"only {NEXT_OCCURRENCE} may do this")
    with call.unit_of_work() as work:
        series, status, _ = series_store.find(work.connection, call.user.id, series_id, lock=True)
        successor = store.find_successor(work.connection, call.user.id, body.follows)
        if successor is None:
            last = series_store.lock_last(work.connection, series_id)
            if status != "active" or last is None or last.task.id != body.follows or last.task.status != "completed":
                return Answer(status=204)
            following: tuple[int, datetime] | None = body.number, body.due_at
            if body.due_at in series.exdates:  # left out since the completion was said
                completed_at = last.task.completed_at or work.now
                following = occurrence_after(last.task, series, completed_at=completed_at)
            if following is None:
                return Answer(status=204)
            number, due_at = following
            successor = succeed(work, last.task, series, number=number, due_at=due_at)
    return Answer(successor, 201, {"Location": f"/tasks/{successor.id}", "ETag": etag(successor.version)})


def succeed(work: UnitOfWork, last: Task, series: Series, *, number: int, due_at: datetime) -> Task:
    """Store and say the occurrence that follows the last one of a series, which is locked."""
    pattern = store.find_pattern(work.connection, last.id) or last
    successor = changes.succeeded(pattern, series, number=number, due_at=due_at, now=work.now)
    store.add(work.connection, successor, follows=last.id)
    work.say(TaskCreated(task=successor, series=series), event_id=derived_id(TaskCreated.type, successor.id))
    return successor
