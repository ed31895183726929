"""Series: reading one, changing how it goes on, and its next occurrence, which only a function may ask for."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from events.data import Value
from events.fields import Instant
from events.task import Recurrence, Series, Status, Task, TaskCreated, TaskUpdated
from functions.chassis.answer import Answer, etag
from functions.chassis.body import Body
from functions.chassis.call import Call
from functions.chassis.problem import Problem, field_problem
from functions.recurrence.rule import RuleError, parse
from functions.tasks import changes, series_store, store
from functions.tasks.draft import RecurrenceDraft
from functions.tasks.service import api

HISTORY = 100
NEXT_OCCURRENCE = "create-next-occurrence"


class OccurrenceView(Value):
    """One occurrence of a series; ``lateBy`` is how long after its due date it was done."""

    id: UUID
    occurrence: int | None
    status: Status
    due_at: Instant | None
    completed_at: Instant | None
    late_by: timedelta | None


class SeriesView(Series):
    """A series, its status, and its newest occurrences."""

    status: Literal["active", "ended"]
    version: int
    occurrences: list[OccurrenceView]


class SeriesPatch(Body):
    """What is to change about a series: its recurrence, or that it ends."""

    recurrence: RecurrenceDraft | None = None
    status: Literal["ended"] | None = None


class NextOccurrence(Body):
    """The occurrence that follows a completed one."""

    follows: UUID
    number: Annotated[int, Field(ge=1)]
    due_at: Instant


@api.operation("GET", "/series/<uuid:series_id>", permission="tasks:read", answers={200: SeriesView})
def read_series(call: Call, *, series_id: UUID) -> Answer:
    """Read a series with its newest occurrences."""
    with call.instance.database.transaction() as connection:
        series, status, version = series_store.find(connection, call.user.id, series_id)
        history = series_store.occurrences(connection, series_id, limit=HISTORY)
    return _answer(series, status, version, history)


@api.operation(
    "PATCH", "/series/<uuid:series_id>", permission="tasks:write", body=SeriesPatch, answers={200: SeriesView}
)
def change_series(call: Call, body: SeriesPatch, *, series_id: UUID) -> Answer:
    """Change how a series goes on, from its open occurrence, or end it: then nothing follows that occurrence."""
    with call.unit_of_work() as work:
        _, _, version = series_store.find(work.connection, call.user.id, series_id, lock=True)
        call.expect(version)
        if body.recurrence is not None:
            recurrence = _checked(body.recurrence)
            for before in series_store.lock_open_occurrences(work.connection, series_id):
                task, begun = changes.replaced(before, {"recurrence": recurrence}, now=call.now)
                if begun is None:
                    continue
                series_store.put(work.connection, call.user.id, begun)
                store.save(work.connection, task)
                work.say(TaskUpdated(task=task, previous=before, series=begun))
        if body.status == "ended":
            series_store.end(work.connection, series_id)
        series, status, version = series_store.find(work.connection, call.user.id, series_id)
        history = series_store.occurrences(work.connection, series_id, limit=HISTORY)
    return _answer(series, status, version, history)


@api.operation(
    "POST",
    "/series/<uuid:series_id>/occurrences",
    permission="tasks:write",
    body=NextOccurrence,
    answers={201: Task, 204: None},
)
def create_next(call: Call, body: NextOccurrence, *, series_id: UUID) -> Answer:
    """Create the occurrence that follows a completed one; for ``create-next-occurrence`` only, on its user's behalf.

    A task has at most one successor, whoever asks and how often. There is none (204) where the series ended, or the
    task was deleted or reopened meanwhile.
    """
    if call.user.acting != NEXT_OCCURRENCE:
        raise Problem(403, f"only {NEXT_OCCURRENCE} may do this")
    with call.unit_of_work() as work:
        series, status, _ = series_store.find(work.connection, call.user.id, series_id, lock=True)
        successor = store.find_successor(work.connection, call.user.id, body.follows)
        if successor is None:
            before = store.find(work.connection, call.user.id, body.follows, lock=True)
            if status != "active" or before.status != "completed" or before.series_id != series_id:
                return Answer(status=204)
            successor = changes.succeeded(before, series, number=body.number, due_at=body.due_at, now=call.now)
            store.add(work.connection, successor, follows=body.follows)
            work.say(TaskCreated(task=successor, series=series))
    return Answer(successor, 201, {"Location": f"/tasks/{successor.id}", "ETag": etag(successor.version)})


def _checked(draft: RecurrenceDraft) -> Recurrence:
    try:
        parse(draft.rule)
    except RuleError as error:
        raise field_problem(400, "recurrence.rule", str(error)) from None
    return Recurrence(rule=draft.rule, anchor=draft.anchor, missed=draft.missed)


def _answer(series: Series, status: str, version: int, history: list[Task]) -> Answer:
    shown = [
        OccurrenceView(
            id=task.id,
            occurrence=task.occurrence,
            status=task.status,
            due_at=task.due_at,
            completed_at=task.completed_at,
            late_by=_late_by(task),
        )
        for task in history
    ]
    view = SeriesView.model_validate(
        {**series.model_dump(), "status": status, "version": version, "occurrences": shown}
    )
    return Answer(view, 200, {"ETag": etag(version)})


def _late_by(task: Task) -> timedelta | None:
    if task.completed_at is None or task.due_at is None or task.completed_at <= task.due_at:
        return None
    return task.completed_at - task.due_at
