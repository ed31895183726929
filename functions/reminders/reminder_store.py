"""Loads and stores reminders, and the newest version seen of each task, in PostgreSQL."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from events.reminder import Reminder
from functions.chassis.http.problem import Problem
from functions.reminders.reminder_record import ReminderRecord
from functions.reminders.tables import reminders, seen

RECORD_COLUMNS = tuple(column for column in reminders.c if column.name not in ("request_digest", "changed_by"))
"""The columns of a record. The other two let the HTTP function recognise a repeated request."""


def mark_version_seen(connection: Connection, task_id: UUID, version: int, *, deleted: bool) -> int | None:
    """Store that a version of a task was seen, and return the version seen before, or 0 for a new task.

    Returns None if a newer version or the task's deletion was seen before. The row stays locked until the commit, so
    that events of one task are handled one after another. A deletion is final, whatever its version.
    """
    statement = insert(seen).values(task_id=task_id, version=version, deleted=deleted)
    newer = or_(statement.excluded.deleted, seen.c.version < statement.excluded.version)
    statement = statement.on_conflict_do_update(
        index_elements=[seen.c.task_id],
        set_={"version": statement.excluded.version, "deleted": statement.excluded.deleted},
        where=and_(not_(seen.c.deleted), newer),
    )
    before = seen.alias("before")  # the row as it was when the statement began
    seen_before = select(before.c.version).where(before.c.task_id == task_id).scalar_subquery()
    row = connection.execute(statement.returning(func.coalesce(seen_before, 0))).first()
    return None if row is None else int(row[0])


def load_task_reminders(connection: Connection, task_id: UUID) -> dict[UUID, ReminderRecord]:
    """Return all reminders of a task by their ids, locked until the commit."""
    wanted = select(*RECORD_COLUMNS).where(reminders.c.task_id == task_id).order_by(reminders.c.id).with_for_update()
    return {row.id: record_from_row(row) for row in connection.execute(wanted)}


def load_reminder(connection: Connection, reminder_id: UUID) -> ReminderRecord | None:
    """Return a reminder of any user, or None, locked until the commit."""
    wanted = select(*RECORD_COLUMNS).where(reminders.c.id == reminder_id).with_for_update()
    row = connection.execute(wanted).first()
    return record_from_row(row) if row else None


def load_user_reminder(
    connection: Connection, user_id: str, reminder_id: UUID, *, lock: bool = False
) -> ReminderRecord:
    """Return a user's reminder; ``lock`` holds it until the commit.

    Raises the 404 of a reminder that does not exist or belongs to another user.
    """
    wanted = select(*RECORD_COLUMNS).where(reminders.c.id == reminder_id, reminders.c.user_id == user_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Problem(404, "there is no reminder with this id")
    return record_from_row(row)


def load_created_reminder(connection: Connection, reminder_id: UUID) -> tuple[ReminderRecord, str | None]:
    """Return the reminder that an earlier request with the same key created, and that request's digest."""
    created_by = select(reminders.c.request_digest).where(reminders.c.id == reminder_id)
    found = connection.execute(select(*RECORD_COLUMNS).where(reminders.c.id == reminder_id)).one()
    return record_from_row(found), connection.scalar(created_by)


def insert_reminder(connection: Connection, record: ReminderRecord, *, digest: str) -> bool:
    """Store a new reminder with the digest of its request; return False if a reminder with its id exists."""
    statement = insert(reminders).values({**_to_row(record), "request_digest": digest}).on_conflict_do_nothing()
    return connection.execute(statement).rowcount > 0


def is_reminder_changed_by(connection: Connection, reminder_id: UUID, change: UUID) -> bool:
    """Return whether the reminder's latest change was made by the request with the id ``change``."""
    last = select(reminders.c.changed_by).where(reminders.c.id == reminder_id)
    return connection.scalar(last) == change


def mark_reminder_changed_by(connection: Connection, reminder_id: UUID, change: UUID) -> None:
    """Store the id of the request that changed a reminder."""
    connection.execute(update(reminders).where(reminders.c.id == reminder_id).values(changed_by=change))


def store_reminders(connection: Connection, records: Iterable[ReminderRecord]) -> None:
    """Insert or update reminders."""
    rows = [_to_row(record) for record in records]
    if not rows:
        return
    statement = insert(reminders).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=[reminders.c.id], set_=changed))


def record_from_row(row: Row[Any]) -> ReminderRecord:
    """Return the record in a row; ``late_by`` is computed from the row's moments."""
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    planned_at, failed = fields.pop("planned_at"), fields.pop("failed")
    late_by = row.delivered_at - row.remind_at if row.delivered_at else None
    return ReminderRecord(Reminder(**fields, late_by=late_by), planned_at, tuple(failed))


def _to_row(record: ReminderRecord) -> dict[str, Any]:
    fields = record.reminder.model_dump(exclude={"late_by"})
    return {**fields, "planned_at": record.planned_at, "failed": list(record.failed)}
