"""Series: reading one, and changing how it goes on."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator

from events.data import Value
from events.fields import EARLIEST, LATEST, OUT_OF_RANGE, Instant, WrittenTime
from events.task import Recurrence, Series, Task, TaskUpdated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem, field_problem
from functions.chassis.http.request_models import Body
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import changes, series_store, store
from functions.tasks.draft import check_beginning, check_rule
from functions.tasks.series_store import Occurrence, SeriesStatus
from functions.tasks.service import READ_TASKS, WRITE_TASKS, api
from functions.tasks.succession import go_on

HISTORY = 100


class OccurrenceView(Value):
    """One occurrence of a series; ``lateBy`` is how long after its due date it was done, null where it was in time."""

    id: UUID
    occurrence: int | None
    status: Literal["open", "completed", "skipped"]
    due_at: Instant | None
    completed_at: Instant | None
    late_by: timedelta | None


class SeriesView(Series):
    """A series, its status, and its newest occurrences."""

    status: SeriesStatus
    version: int
    occurrences: list[OccurrenceView]


class _Patch(Body):
    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave it out to keep it as it is")
        return value


class RecurrencePatch(_Patch):
    """What is to change about how the task comes again; the rest stays."""

    rule: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    anchor: Literal["due", "completion"] | None = None
    missed: Literal["skip", "latest", "all"] | None = None
    month_end: Literal["skip", "clamp"] | None = None


class SeriesPatch(_Patch):
    """What is to change about a series; the rest stays."""

    recurrence: RecurrencePatch | None = None
    status: SeriesStatus | None = None
    exdates: Annotated[
        list[WrittenTime] | None,
        Field(max_length=changes.MOST_EXDATES, description="all that is to be left out, by when the rule puts it"),
    ] = None


@api.operation("GET", "/series/<uuid:series_id>", permission=READ_TASKS, responses={200: SeriesView})
def read_series(request: AuthorizedRequest, *, series_id: UUID) -> ApiResponse:
    """Read a series with its newest occurrences."""
    with request.instance.database.transaction() as connection:
        series, status, version = series_store.find(connection, request.user.id, series_id)
        history = series_store.occurrences(connection, series_id, limit=HISTORY)
    request.check_if_match(version)
    return _answer(series, status, version, history)


@api.operation(
    "PATCH", "/series/<uuid:series_id>", permission=WRITE_TASKS, body=SeriesPatch, responses={200: SeriesView}
)
def change_series(request: AuthorizedRequest, body: SeriesPatch, *, series_id: UUID) -> ApiResponse:
    """Change how a series goes on, pause it, let it go on, or end it.

    Another rule begins the series anew at its last occurrence. While it is paused, and once it has ended, nothing
    follows the open occurrence. Let go on, it does so from now: what would have come in between counts as missed. An
    occurrence that is done already is followed at once by what the change leads to. An ended series stays as it is
    (409). ``exdates`` replaces what is left out (RFC 5545, section 3.8.5.1): dates to come; the open occurrence stays,
    and is skipped by deleting it with ``scope=occurrence``.
    """
    with request.unit_of_work() as work:
        series, status, version = series_store.find(work.connection, request.user.id, series_id, lock=True)
        request.check_if_match(version)
        recurrence = _merged(series.recurrence, body.recurrence)
        exdates = series.exdates if body.exdates is None else changes.resolved(body.exdates, series)
        if not all(EARLIEST <= moment < LATEST for moment in exdates):  # near either end the zone decides
            raise field_problem(400, "exdates", OUT_OF_RANGE)
        wanted = body.status or status
        if status == "ended" and (recurrence, exdates, wanted) != (series.recurrence, series.exdates, status):
            raise Problem(409, "the series has ended; give a task of it another recurrence, or create a new one")
        last = series_store.lock_last(work.connection, series_id)
        if exdates != series.exdates:
            series = series.model_copy(update={"exdates": exdates})
            series_store.set_exdates(work.connection, series)
        if recurrence != series.recurrence:
            series, last = _change_recurrence(work, series, recurrence, last)
            series_store.put(work.connection, request.user.id, series)
        series_store.set_status(work.connection, series_id, wanted)
        series, status, changed = series_store.find(work.connection, request.user.id, series_id)
        if changed != version and last is not None and (last.skipped or last.task.status == "completed"):
            go_on(work, last.task, series, status, done_at=work.now)
        history = series_store.occurrences(work.connection, series_id, limit=HISTORY)
    return _answer(series, status, changed, history)


def _merged(recurrence: Recurrence, patch: RecurrencePatch | None) -> Recurrence:
    if patch is None:
        return recurrence
    merged = recurrence.model_copy(update=patch.model_dump(exclude_none=True))
    if patch.rule is not None or patch.month_end is not None:
        check_rule(merged)
    return merged


def _change_recurrence(
    work: UnitOfWork, series: Series, recurrence: Recurrence, last: Occurrence | None
) -> tuple[Series, Occurrence | None]:
    """Return the changed series and its last occurrence, which changes with it."""
    changed = series.model_copy(update={"recurrence": recurrence})
    if last is None:
        return changed, None
    task, begun = changes.replaced(last.task, {"recurrence": recurrence}, series, now=work.now)
    check_beginning(begun or changed)
    store.save(work.connection, task)
    if not last.skipped:
        work.emit(TaskUpdated(task=task, previous=last.task, series=begun or changed))
    return begun or changed, last._replace(task=task)


def _answer(series: Series, status: SeriesStatus, version: int, history: list[Occurrence]) -> ApiResponse:
    shown = [
        OccurrenceView(
            id=task.id,
            occurrence=task.occurrence,
            status="skipped" if skipped else task.status,
            due_at=task.due_at,
            completed_at=task.completed_at,
            late_by=_late_by(task),
        )
        for task, skipped in history
    ]
    view = SeriesView.model_validate(
        {**series.model_dump(), "status": status, "version": version, "occurrences": shown}
    )
    return ApiResponse(view, 200, {"ETag": etag(version)})


def _late_by(task: Task) -> timedelta | None:
    if task.completed_at is None or task.due_at is None or task.completed_at <= task.due_at:
        return None
    return task.completed_at - task.due_at
