"""Stores and finds series, and the occurrences of a series among the tasks.

A transaction that changes a series locks the series before it locks a task. Two transactions therefore never wait for
each other.
"""

from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Select, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from events.task import Series, Task
from functions.chassis.http.problem import Problem
from functions.tasks.tables import series as series_table
from functions.tasks.tables import tasks
from functions.tasks.task_store import to_task

SeriesStatus = Literal["active", "paused", "ended"]


class StoredSeries(NamedTuple):
    """A series with its status and its version."""

    series: Series
    status: SeriesStatus
    version: int


class StoredOccurrence(NamedTuple):
    """A task of a series, and whether the series skipped it."""

    task: Task
    skipped: bool


def store_series(connection: Connection, user: str, series: Series) -> None:
    """Store a new series. A series that is already stored stays unchanged, as a repeated request created it."""
    connection.execute(insert(series_table).values(_to_row(user, series)).on_conflict_do_nothing())


def replace_series(connection: Connection, user: str, series: Series) -> None:
    """Store a series, new or changed. An ended series becomes active; a paused one stays paused."""
    statement = insert(series_table).values(_to_row(user, series))
    replaced = ("start", "time_zone", "recurrence", "exdates")
    changes: dict[str, Any] = {name: statement.excluded[name] for name in replaced}
    changes["status"] = case((series_table.c.status == "paused", "paused"), else_="active")
    changes["version"] = series_table.c.version + 1
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))


def set_series_status(connection: Connection, series_id: UUID, status: SeriesStatus) -> None:
    """Store the status of a series. The version increases only if the status differs."""
    is_other = series_table.c.status != status
    changes = {"status": status, "version": series_table.c.version + 1}
    connection.execute(update(series_table).where(series_table.c.id == series_id, is_other).values(changes))


def store_exdates(connection: Connection, series: Series) -> None:
    """Store the excluded dates of a series."""
    changes = {"exdates": _to_row("", series)["exdates"], "version": series_table.c.version + 1}
    connection.execute(update(series_table).where(series_table.c.id == series.id).values(changes))


def find_series(connection: Connection, user: str, series_id: UUID, *, lock: bool = False) -> StoredSeries:
    """Return a series of ``user``. With ``lock`` other writers wait for this transaction.

    Raises a 404 problem if the series does not exist or belongs to another user.
    """
    wanted = select(series_table).where(series_table.c.id == series_id, series_table.c.user_id == user)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    if row is None:
        raise Problem(404, "there is no series with this id")
    return StoredSeries(Series.model_validate(dict(row)), row["status"], row["version"])


def find_series_of_task(connection: Connection, task: Task) -> Series | None:
    """Return the series of a task, or None if the task has none."""
    return find_series(connection, task.user_id, task.series_id).series if task.series_id else None


def lock_series_of_task(connection: Connection, user: str, task_id: UUID) -> None:
    """Lock the series of a task, if it has one. Call this before the task itself is locked."""
    series_id = select(tasks.c.series_id).where(tasks.c.id == task_id, tasks.c.user_id == user).scalar_subquery()
    connection.execute(select(series_table.c.id).where(series_table.c.id == series_id).with_for_update())


def list_stored_occurrences(connection: Connection, series_id: UUID, *, limit: int) -> list[StoredOccurrence]:
    """Return the newest occurrences of a series, newest first, without those completed and then deleted."""
    shown = _select_occurrences(series_id).where(or_(tasks.c.deleted_at.is_(None), tasks.c.status == "open"))
    newest_first = shown.order_by(tasks.c.created_at.desc(), tasks.c.occurrence.desc())
    return [_to_occurrence(row) for row in connection.execute(newest_first.limit(limit))]


def lock_last_occurrence(connection: Connection, series_id: UUID) -> StoredOccurrence | None:
    """Lock and return the occurrence without a successor, or None if it was deleted. The series continues from it."""
    successor = tasks.alias("successor")
    has_successor = exists().where(successor.c.follows == tasks.c.id)
    wanted = _select_occurrences(series_id).where(~has_successor).with_for_update(of=tasks)
    row = connection.execute(wanted).first()
    return _to_occurrence(row) if row else None


def _select_occurrences(series_id: UUID) -> Select[Any]:
    """Select the tasks of a series that exist or were skipped."""
    is_part = or_(tasks.c.deleted_at.is_(None), tasks.c.skipped_at.is_not(None))
    return select(tasks).where(tasks.c.series_id == series_id, is_part)


def _to_occurrence(row: Row[*tuple[Any, ...]]) -> StoredOccurrence:
    return StoredOccurrence(to_task(row), row.skipped_at is not None)


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
