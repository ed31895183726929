"""The operation ``GET /series/{id}``, and the representation of a series in responses."""

from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from events.data import Value
from events.fields import Instant
from events.task import Series, Task
from functions.chassis.http.authorized_request import AuthorizedRequest
from functions.chassis.http.response import ApiResponse, etag
from functions.chassis.runtime.database import Connection
from functions.tasks import series_store
from functions.tasks.series_store import SeriesStatus, StoredOccurrence, StoredSeries
from functions.tasks.service import READ_TASKS, api

OCCURRENCES_SHOWN: Final = 100


class OccurrenceView(Value):
    """One occurrence of a series. ``lateBy`` is the time from its due date to a late completion, null if in time."""

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


@api.operation("GET", "/series/<uuid:series_id>", permission=READ_TASKS, responses={200: SeriesView})
def read_series(request: AuthorizedRequest, *, series_id: UUID) -> ApiResponse:
    """Read a series with its newest occurrences."""
    database = request.instance.database
    view = load_series_view(database, series_store.find_series(database, request.user.id, series_id))
    request.check_if_match(view.version)
    return series_response(view)


def load_series_view(connection: Connection, stored: StoredSeries) -> SeriesView:
    """Return the representation of a series, with its newest occurrences from the database."""
    newest = series_store.list_stored_occurrences(connection, stored.series.id, limit=OCCURRENCES_SHOWN)
    occurrences = [_to_view(occurrence) for occurrence in newest]
    return SeriesView.model_validate(
        {
            **stored.series.model_dump(),
            "status": stored.status,
            "version": stored.version,
            "occurrences": occurrences,
        }
    )


def series_response(view: SeriesView) -> ApiResponse:
    """Return a 200 response with a series. The ETag is its version."""
    return ApiResponse(view, 200, {"ETag": etag(view.version)})


def _to_view(occurrence: StoredOccurrence) -> OccurrenceView:
    task = occurrence.task
    return OccurrenceView(
        id=task.id,
        occurrence=task.occurrence,
        status="skipped" if occurrence.skipped else task.status,
        due_at=task.due_at,
        completed_at=task.completed_at,
        late_by=_compute_lateness(task),
    )


def _compute_lateness(task: Task) -> timedelta | None:
    if task.completed_at is None or task.due_at is None or task.completed_at <= task.due_at:
        return None
    return task.completed_at - task.due_at
