"""Series in their table: what the occurrences of a recurring task have in common.

Whoever changes a series or what it rests on locks the series first and the task second, so that two never wait for
each other.
"""

from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Select, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from events.task import Series, Task
from functions.chassis.http.problem import Problem
from functions.tasks.store import task_of
from functions.tasks.tables import series, tasks

SeriesStatus = Literal["active", "paused", "ended"]


class Occurrence(NamedTuple):
    """A task of a series, and whether the series went on without it."""

    task: Task
    skipped: bool


def add(connection: Connection, user: str, one: Series) -> None:
    """Store a new series; one that is there, as its task was made before, stays as it is."""
    connection.execute(insert(series).values(_row(user, one)).on_conflict_do_nothing())


def put(connection: Connection, user: str, one: Series) -> None:
    """Store a series, new or changed. One that had ended is active again; one that is paused stays so."""
    statement = insert(series).values(_row(user, one))
    changes: dict[str, Any] = {
        name: statement.excluded[name] for name in ("start", "time_zone", "recurrence", "exdates")
    }
    changes["status"] = case((series.c.status == "paused", "paused"), else_="active")
    changes["version"] = series.c.version + 1
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))


def set_status(connection: Connection, series_id: UUID, status: SeriesStatus) -> None:
    """Let a series go on, wait, or end."""
    differs = series.c.status != status
    changed = {"status": status, "version": series.c.version + 1}
    connection.execute(update(series).where(series.c.id == series_id, differs).values(changed))


def set_exdates(connection: Connection, one: Series) -> None:
    """Store which occurrences a series leaves out."""
    changed = {"exdates": _row("", one)["exdates"], "version": series.c.version + 1}
    connection.execute(update(series).where(series.c.id == one.id).values(changed))


def find(connection: Connection, user: str, series_id: UUID, *, lock: bool = False) -> tuple[Series, SeriesStatus, int]:
    """Return a user's series, its status and its version; raise the 404 of one that is not there."""
    wanted = select(series).where(series.c.id == series_id, series.c.user_id == user)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    if row is None:
        raise Problem(404, "there is no series with this id")
    return Series.model_validate(dict(row)), row["status"], row["version"]


def of_task(connection: Connection, task: Task) -> Series | None:
    """Return the series of a task that has one."""
    return find(connection, task.user_id, task.series_id)[0] if task.series_id else None


def lock_of(connection: Connection, user: str, task_id: UUID) -> None:
    """Lock the series of a user's task, where it has one, before the task itself is locked."""
    its = select(tasks.c.series_id).where(tasks.c.id == task_id, tasks.c.user_id == user).scalar_subquery()
    connection.execute(select(series.c.id).where(series.c.id == its).with_for_update())


def occurrences(connection: Connection, series_id: UUID, *, limit: int) -> list[Occurrence]:
    """Return the newest occurrences of a series, newest first; what was done and then deleted is not among them."""
    shown = _of(series_id).where(or_(tasks.c.deleted_at.is_(None), tasks.c.status == "open"))
    newest_first = shown.order_by(tasks.c.created_at.desc(), tasks.c.occurrence.desc())
    return [_occurrence_of(row) for row in connection.execute(newest_first.limit(limit))]


def lock_last(connection: Connection, series_id: UUID) -> Occurrence | None:
    """Return the occurrence that none follows, locked: the series goes on from it. None where it was deleted."""
    successor = tasks.alias("successor")
    followed = exists().where(successor.c.follows == tasks.c.id)
    row = connection.execute(_of(series_id).where(~followed).with_for_update(of=tasks)).first()
    return _occurrence_of(row) if row else None


def _of(series_id: UUID) -> Select[Any]:
    is_part = or_(tasks.c.deleted_at.is_(None), tasks.c.skipped_at.is_not(None))
    return select(tasks).where(tasks.c.series_id == series_id, is_part)


def _occurrence_of(row: Row[*tuple[Any, ...]]) -> Occurrence:
    return Occurrence(task_of(row), row.skipped_at is not None)


def _row(user: str, one: Series) -> dict[str, Any]:
    return {
        "id": one.id,
        "user_id": user,
        "start": one.start,
        "time_zone": one.time_zone,
        "recurrence": one.recurrence.model_dump(mode="json", by_alias=True),
        "status": "active",
        "version": 1,
        "exdates": [moment.isoformat() for moment in one.exdates],
    }
