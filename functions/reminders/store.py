"""Reminders in PostgreSQL."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from events.reminder import Reminder
from functions.chassis.http.problem import Problem
from functions.reminders.record import Record
from functions.reminders.tables import reminders, seen

COLUMNS = tuple(column for column in reminders.c if column.name not in ("request_digest", "changed_by"))
"""What a record is made of. The other two tell the HTTP function whether it did already what it is asked."""


def see(connection: Connection, task_id: UUID, version: int, *, deleted: bool) -> int | None:
    """Note that a task reached a version, and return the one seen before, 0 where there was none.

    None where something newer, or its deletion, was seen before. The row stays locked until the commit, so that the
    events of one task are handled one after the other. A deletion is the end whatever its version.
    """
    statement = insert(seen).values(task_id=task_id, version=version, deleted=deleted)
    newer = or_(statement.excluded.deleted, seen.c.version < statement.excluded.version)
    statement = statement.on_conflict_do_update(
        index_elements=[seen.c.task_id],
        set_={"version": statement.excluded.version, "deleted": statement.excluded.deleted},
        where=and_(not_(seen.c.deleted), newer),
    )
    before = seen.alias("before")  # as it was when the statement began
    seen_before = select(before.c.version).where(before.c.task_id == task_id).scalar_subquery()
    row = connection.execute(statement.returning(func.coalesce(seen_before, 0))).first()
    return None if row is None else int(row[0])


def of_task(connection: Connection, task_id: UUID) -> dict[UUID, Record]:
    """Return all reminders of a task by their ids, locked until the commit."""
    wanted = select(*COLUMNS).where(reminders.c.task_id == task_id).order_by(reminders.c.id).with_for_update()
    return {row.id: record(row) for row in connection.execute(wanted)}


def find(connection: Connection, reminder_id: UUID) -> Record | None:
    """Return a reminder, whoever's it is, locked until the commit."""
    wanted = select(*COLUMNS).where(reminders.c.id == reminder_id).with_for_update()
    row = connection.execute(wanted).first()
    return record(row) if row else None


def find_own(connection: Connection, user_id: str, reminder_id: UUID, *, lock: bool = False) -> Record:
    """Return a user's reminder; raise the 404 of one that there is not, or that is another's."""
    wanted = select(*COLUMNS).where(reminders.c.id == reminder_id, reminders.c.user_id == user_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Problem(404, "there is no reminder with this id")
    return record(row)


def find_made_by(connection: Connection, reminder_id: UUID) -> tuple[Record, str | None]:
    """Return a reminder whose id a repeated request brought back, and the digest of the request that made it."""
    made_by = select(reminders.c.request_digest).where(reminders.c.id == reminder_id)
    found = connection.execute(select(*COLUMNS).where(reminders.c.id == reminder_id)).one()
    return record(found), connection.scalar(made_by)


def add(connection: Connection, one: Record, *, digest: str) -> bool:
    """Write a new reminder with the digest of the request for it; False where there is one with its id."""
    statement = insert(reminders).values({**_row(one), "request_digest": digest}).on_conflict_do_nothing()
    return connection.execute(statement).rowcount > 0


def is_changed_by(connection: Connection, reminder_id: UUID, change: UUID) -> bool:
    """Tell whether a change, by the id of the call that asked for it, was the last one made."""
    last = select(reminders.c.changed_by).where(reminders.c.id == reminder_id)
    return connection.scalar(last) == change


def note_change(connection: Connection, reminder_id: UUID, change: UUID) -> None:
    """Note which call changed a reminder."""
    connection.execute(update(reminders).where(reminders.c.id == reminder_id).values(changed_by=change))


def put(connection: Connection, records: Iterable[Record]) -> None:
    """Write reminders, new or known."""
    rows = [_row(one) for one in records]
    if not rows:
        return
    statement = insert(reminders).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=[reminders.c.id], set_=changed))


def record(row: Row[Any]) -> Record:
    """Return what a row says; how late a reminder was follows from its moments."""
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    planned_at, failed = fields.pop("planned_at"), fields.pop("failed")
    late_by = row.delivered_at - row.remind_at if row.delivered_at else None
    return Record(Reminder(**fields, late_by=late_by), planned_at, tuple(failed))


def _row(one: Record) -> dict[str, Any]:
    fields = one.reminder.model_dump(exclude={"late_by"})
    return {**fields, "planned_at": one.planned_at, "failed": list(one.failed)}
