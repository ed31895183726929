"""The operation ``PATCH /series/{id}``: changes the rule of a series, pauses, resumes or ends it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator

from events.fields import EARLIEST, LATEST, OUT_OF_RANGE, WrittenTime
from events.task import Recurrence, Series, TaskUpdated
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.problem import Problem, field_problem
from functions.chassis.http.request_models import Body
from functions.chassis.http.response import ApiResponse
from functions.chassis.messaging.unit_of_work import UnitOfWork
from functions.tasks import series_store, task_store
from functions.tasks.continuation import continue_series
from functions.tasks.rule_validation import validate_rule, validate_series_start
from functions.tasks.series_states import MOST_EXDATES, replace_fields_and_series, resolve_exdates
from functions.tasks.series_store import SeriesStatus, StoredOccurrence
from functions.tasks.series_view import SeriesView, load_series_view, series_response
from functions.tasks.service import WRITE_TASKS, api


class _Patch(Body):
    @field_validator("*", mode="before")
    @classmethod
    def _reject_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; omit it to leave it unchanged")
        return value


class RecurrencePatch(_Patch):
    """The changes to a recurrence. Omitted members stay unchanged."""

    rule: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    anchor: Literal["due", "completion"] | None = None
    missed: Literal["skip", "latest", "all"] | None = None
    month_end: Literal["skip", "clamp"] | None = None


class SeriesPatch(_Patch):
    """The changes to a series. Omitted members stay unchanged."""

    recurrence: RecurrencePatch | None = None
    status: SeriesStatus | None = None
    exdates: Annotated[
        list[WrittenTime] | None,
        Field(max_length=MOST_EXDATES, description="all dates to exclude, each as the rule produces it"),
    ] = None


@api.operation(
    "PATCH", "/series/<uuid:series_id>", permission=WRITE_TASKS, body=SeriesPatch, responses={200: SeriesView}
)
def change_series(request: AuthorizedRequest, body: SeriesPatch, *, series_id: UUID) -> ApiResponse:
    """Change the rule of a series, pause it, resume it, or end it.

    Another rule restarts the series at its last occurrence. While a series is paused, and after it has ended, no
    occurrence follows the open one. A resumed series continues from now, and occurrences of the pause count as missed.
    If the last occurrence is already completed, the change creates the next one at once. An ended series accepts no
    changes (409). ``exdates`` replaces all excluded dates (RFC 5545, section 3.8.5.1). It affects later occurrences; to
    skip the open one, delete it with ``scope=occurrence``.
    """
    with request.unit_of_work() as work:
        stored, last = series_store.lock_series(work.transaction, request.user.id, series_id)
        series = stored.series
        request.check_if_match(stored.version)
        recurrence = _merge_recurrence(series.recurrence, body.recurrence)
        exdates = _merge_exdates(series, body.exdates)
        wanted = body.status or stored.status
        if stored.status == "ended" and (recurrence, exdates, wanted) != (series.recurrence, series.exdates, "ended"):
            raise Problem(409, "the series has ended; give a task of it another recurrence, or create a new one")
        if exdates != series.exdates:
            series = series.model_copy(update={"exdates": exdates})
            series_store.store_exdates(work.transaction, series)
        if recurrence != series.recurrence:
            series, last = _change_recurrence(work, series, recurrence, last)
            series_store.replace_series(work.transaction, request.user.id, series)
        series_store.set_series_status(work.transaction, series_id, wanted)
        changed = series_store.find_series(work.transaction, request.user.id, series_id)
        if changed.version != stored.version and last is not None and _is_done(last):
            continue_series(work, last, changed.series, changed.status, done_at=work.now)
        view = load_series_view(work.transaction, changed)
        return request.record_response(work, series_response(view))


def _is_done(occurrence: StoredOccurrence) -> bool:
    return occurrence.skipped or occurrence.task.status == "completed"


def _merge_recurrence(recurrence: Recurrence, patch: RecurrencePatch | None) -> Recurrence:
    if patch is None:
        return recurrence
    merged = recurrence.model_copy(update=patch.model_dump(exclude_none=True))
    if patch.rule is not None or patch.month_end is not None:
        validate_rule(merged)
    return merged


def _merge_exdates(series: Series, written: list[datetime] | None) -> list[datetime]:
    exdates = series.exdates if written is None else resolve_exdates(written, series)
    if not all(EARLIEST <= moment < LATEST for moment in exdates):  # the zone may move a valid time out of the range
        raise field_problem(400, "exdates", OUT_OF_RANGE)
    return exdates


def _change_recurrence(
    work: UnitOfWork, series: Series, recurrence: Recurrence, last: StoredOccurrence | None
) -> tuple[Series, StoredOccurrence | None]:
    """Return the changed series and its last occurrence, which is stored with the new recurrence."""
    changed = series.model_copy(update={"recurrence": recurrence})
    if last is None:
        return changed, None
    task, restarted = replace_fields_and_series(last.task, {"recurrence": recurrence}, series, now=work.now)
    changed = restarted or changed
    validate_series_start(changed)
    task_store.update_task(work.transaction, task)
    if not last.skipped:
        work.emit(TaskUpdated(task=task, previous=last.task, series=changed))
    return changed, last._replace(task=task)
