"""Series in their table: what the occurrences of a recurring task have in common."""

from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from events.task import Series, Task
from functions.chassis.problem import Problem
from functions.tasks.store import task_of
from functions.tasks.tables import series, tasks


def put(connection: Connection, user: str, one: Series) -> None:
    """Store a series, new or changed; it is active from then on."""
    row = {"id": one.id, "user_id": user, "start": one.start, "time_zone": one.time_zone, "status": "active"}
    row["recurrence"] = one.recurrence.model_dump(mode="json", by_alias=True)
    statement = insert(series).values({**row, "version": 1})
    changes: dict[str, object] = {
        name: statement.excluded[name] for name in ("start", "time_zone", "recurrence", "status")
    }
    changes["version"] = series.c.version + 1
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))


def end(connection: Connection, series_id: UUID) -> None:
    """Let no further occurrence follow."""
    changed = {"status": "ended", "version": series.c.version + 1}
    connection.execute(update(series).where(series.c.id == series_id).values(changed))


def find(connection: Connection, user: str, series_id: UUID, *, lock: bool = False) -> tuple[Series, str, int]:
    """Return a user's series, its status and its version; raise the 404 of one that is not there."""
    wanted = select(series).where(series.c.id == series_id, series.c.user_id == user)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    if row is None:
        raise Problem(404, "there is no series with this id")
    return Series.model_validate(dict(row)), row["status"], row["version"]


def of_task(connection: Connection, task: Task) -> Series | None:
    """Return the series of a task that has one."""
    return find(connection, task.user_id, task.series_id)[0] if task.series_id else None


def occurrences(connection: Connection, series_id: UUID, *, limit: int) -> list[Task]:
    """Return the newest occurrences of a series, newest first."""
    wanted = (
        select(tasks)
        .where(tasks.c.series_id == series_id, tasks.c.deleted_at.is_(None))
        .order_by(tasks.c.occurrence.desc(), tasks.c.created_at.desc())
        .limit(limit)
    )
    return [task_of(row) for row in connection.execute(wanted)]


def lock_open_occurrences(connection: Connection, series_id: UUID) -> list[Task]:
    """Return the occurrences of a series that are still to be done, locked."""
    wanted = (
        select(tasks)
        .where(tasks.c.series_id == series_id, tasks.c.status == "open", tasks.c.deleted_at.is_(None))
        .with_for_update()
    )
    return [task_of(row) for row in connection.execute(wanted)]
