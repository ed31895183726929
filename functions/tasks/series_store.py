"""Stores and finds series, and the occurrences of a series among the tasks.

A transaction that changes a series locks the series before it locks a task. Two transactions therefore never wait for
each other.
"""

from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from events.task import Series, Task
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.database import Connection
from functions.chassis.runtime.statement import Row, Statement, insert_rows, quote_columns
from functions.chassis.runtime.transaction import Transaction
from functions.tasks.task_store import TASK_COLUMNS, to_task

SeriesStatus = Literal["active", "paused", "ended"]

_COLUMNS: Final = ("id", "user_id", "start", "time_zone", "recurrence", "status", "version", "exdates")
_SELECT: Final = f"SELECT {quote_columns(_COLUMNS)} FROM tasks.series"  # noqa: S608 - names of columns
_SERIES_OF_TASK: Final = "id = (SELECT series_id FROM tasks.tasks WHERE id = :task_id AND user_id = :user_id)"
_IS_PART: Final = "series_id = :series_id AND (deleted_at IS NULL OR skipped_at IS NOT NULL)"
_SELECT_OCCURRENCES: Final = (
    f"SELECT {quote_columns(TASK_COLUMNS)}, skipped_at, pattern FROM tasks.tasks AS task WHERE {_IS_PART}"  # noqa: S608 - names of columns
)
_INSERT_TEXT: Final = insert_rows("tasks.series", _COLUMNS)

_STORE = Statement(_INSERT_TEXT + " ON CONFLICT DO NOTHING")
_REPLACE = Statement(
    _INSERT_TEXT + " ON CONFLICT (id) DO UPDATE SET start = excluded.start, time_zone = excluded.time_zone,"
    " recurrence = excluded.recurrence, exdates = excluded.exdates, version = series.version + 1,"
    " status = CASE series.status WHEN 'paused' THEN 'paused' ELSE 'active' END"
)
_SET_STATUS = Statement(
    "UPDATE tasks.series SET status = :status, version = version + 1 WHERE id = :id AND status <> :status"
)
_STORE_EXDATES = Statement("UPDATE tasks.series SET exdates = :exdates, version = version + 1 WHERE id = :id")
_FIND = Statement(f"{_SELECT} WHERE id = :id AND user_id = :user_id")
_FIND_LOCKED = Statement(f"{_SELECT} WHERE id = :id AND user_id = :user_id FOR UPDATE")
_FIND_OF_TASK = Statement(f"{_SELECT} WHERE {_SERIES_OF_TASK}")
_LOCK_OF_TASK = Statement(f"SELECT id FROM tasks.series WHERE {_SERIES_OF_TASK} FOR UPDATE")  # noqa: S608 - fixed parts
_LOCK_TASK = Statement(
    f"SELECT {quote_columns(TASK_COLUMNS)}, pattern FROM tasks.tasks"  # noqa: S608 - names of columns
    " WHERE id = :task_id AND user_id = :user_id AND deleted_at IS NULL FOR UPDATE"
)
_LIST_OCCURRENCES = Statement(
    f"{_SELECT_OCCURRENCES} AND (deleted_at IS NULL OR status = 'open')"
    " ORDER BY created_at DESC, occurrence DESC LIMIT :limit"
)
_LOCK_LAST_OCCURRENCE = Statement(
    f"{_SELECT_OCCURRENCES} AND NOT EXISTS (SELECT FROM tasks.tasks AS successor WHERE successor.follows = task.id)"
    " FOR UPDATE OF task"
)


class StoredSeries(NamedTuple):
    """A series with its status and its version."""

    series: Series
    status: SeriesStatus
    version: int


class StoredOccurrence(NamedTuple):
    """A task of a series, whether the series skipped it, and the pattern of the next occurrence.

    A pattern of None means the task itself.
    """

    task: Task
    skipped: bool
    pattern: Task | None


class LockedTask(NamedTuple):
    """A task that other writers wait for, its series, and the pattern of the next occurrence."""

    task: Task
    series: StoredSeries | None
    pattern: Task | None


def lock_task(transaction: Transaction, user: str, task_id: UUID, *, lock_series: bool = False) -> LockedTask:
    """Lock and return a task of ``user`` in one exchange; with ``lock_series`` its series too.

    Raises a 404 problem if the task does not exist, is deleted, or belongs to another user.
    """
    if lock_series:
        transaction.enqueue(_LOCK_OF_TASK, task_id=task_id, user_id=user)
    locked = transaction.enqueue(_LOCK_TASK, task_id=task_id, user_id=user)
    series = transaction.fetch_first(_FIND_OF_TASK, task_id=task_id, user_id=user)
    if not locked.rows:
        raise Problem(404, "there is no task with this id")
    [row] = locked.rows
    return LockedTask(to_task(row), _to_series(series) if series else None, _to_pattern(row))


def store_series(transaction: Transaction, user: str, series: Series) -> None:
    """Store a new series. A series that is already stored stays unchanged, as a repeated request created it."""
    transaction.enqueue(_STORE, rows=[_to_row(user, series)])


def replace_series(transaction: Transaction, user: str, series: Series) -> None:
    """Store a series, new or changed. An ended series becomes active; a paused one stays paused."""
    transaction.enqueue(_REPLACE, rows=[_to_row(user, series)])


def set_series_status(transaction: Transaction, series_id: UUID, status: SeriesStatus) -> None:
    """Store the status of a series. The version increases only if the status differs."""
    transaction.enqueue(_SET_STATUS, id=series_id, status=status)


def store_exdates(transaction: Transaction, series: Series) -> None:
    """Store the excluded dates of a series."""
    transaction.enqueue(_STORE_EXDATES, id=series.id, exdates=[moment.isoformat() for moment in series.exdates])


def find_series(connection: Connection, user: str, series_id: UUID) -> StoredSeries:
    """Return a series of ``user``; raise a 404 problem if it does not exist or belongs to another user."""
    return _read_series(connection.fetch_all(_FIND, id=series_id, user_id=user))


def lock_series(transaction: Transaction, user: str, series_id: UUID) -> tuple[StoredSeries, StoredOccurrence | None]:
    """Lock and return a series of ``user`` and its last occurrence, in one exchange. Other writers wait for both.

    Raises a 404 problem if the series does not exist or belongs to another user.
    """
    series = transaction.enqueue(_FIND_LOCKED, id=series_id, user_id=user)
    last = lock_last_occurrence(transaction, series_id)
    return _read_series(series.rows), last


def list_stored_occurrences(connection: Connection, series_id: UUID, *, limit: int) -> list[StoredOccurrence]:
    """Return the newest occurrences of a series, newest first, without those completed and then deleted."""
    rows = connection.fetch_all(_LIST_OCCURRENCES, series_id=series_id, limit=limit)
    return [_to_occurrence(row) for row in rows]


def lock_last_occurrence(transaction: Transaction, series_id: UUID) -> StoredOccurrence | None:
    """Lock and return the occurrence without a successor, or None if it was deleted. The series continues from it."""
    row = transaction.fetch_first(_LOCK_LAST_OCCURRENCE, series_id=series_id)
    return _to_occurrence(row) if row else None


def _read_series(rows: list[Row]) -> StoredSeries:
    if not rows:
        raise Problem(404, "there is no series with this id")
    return _to_series(rows[0])


def _to_series(row: Row) -> StoredSeries:
    return StoredSeries(Series.model_validate(row), row["status"], row["version"])


def _to_occurrence(row: Row) -> StoredOccurrence:
    return StoredOccurrence(to_task(row), row["skipped_at"] is not None, _to_pattern(row))


def _to_pattern(row: Row) -> Task | None:
    return Task.model_validate(row["pattern"]) if row["pattern"] else None


def _to_row(user: str, series: Series) -> dict[str, Any]:
    return {
        "id": series.id,
        "user_id": user,
        "start": series.start,
        "time_zone": series.time_zone,
        "recurrence": series.recurrence.model_dump(mode="json", by_alias=True),
        "status": "active",
        "version": 1,
        "exdates": [moment.isoformat() for moment in series.exdates],
    }
