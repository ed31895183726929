"""Loads and stores reminders, and the newest version seen of each task, in PostgreSQL."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from events.reminder import Reminder
from functions.chassis.http.problem import Problem
from functions.chassis.runtime.statement import Row, Statement, insert_rows, quote_columns, update_on_conflict
from functions.chassis.runtime.transaction import PendingResult, Transaction
from functions.reminders.reminder_record import ReminderRecord

_COLUMNS: Final = (*(name for name in Reminder.model_fields if name != "late_by"), "planned_at", "failed")
"""The columns of a record. ``late_by`` is computed; ``request_digest`` and ``changed_by`` belong to requests."""

SELECT_RECORDS: Final = f"SELECT {quote_columns(_COLUMNS)} FROM reminders.reminders"  # noqa: S608 - names of columns

_MARK_SEEN = Statement(
    "INSERT INTO reminders.seen (task_id, version, deleted) VALUES (:task_id, :version, :deleted)"
    " ON CONFLICT (task_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted"
    " WHERE NOT seen.deleted AND (excluded.deleted OR seen.version < excluded.version)"
    # The subquery sees the row before the statement.
    " RETURNING coalesce((SELECT version FROM reminders.seen AS before WHERE before.task_id = :task_id), 0) AS version"
)
_FIND_OF_TASK = Statement(f"{SELECT_RECORDS} WHERE task_id = :task_id ORDER BY id FOR UPDATE")
_FIND = Statement(f"{SELECT_RECORDS} WHERE id = :id AND user_id = coalesce(:user_id, user_id)")
_FIND_LOCKED = Statement(f"{SELECT_RECORDS} WHERE id = :id AND user_id = coalesce(:user_id, user_id) FOR UPDATE")
_FIND_DIGEST = Statement("SELECT request_digest FROM reminders.reminders WHERE id = :id")
_FIND_CHANGE = Statement("SELECT changed_by FROM reminders.reminders WHERE id = :id")
_MARK_CHANGE = Statement("UPDATE reminders.reminders SET changed_by = :change WHERE id = :id")
_INSERT = Statement(insert_rows("reminders.reminders", (*_COLUMNS, "request_digest")) + " ON CONFLICT DO NOTHING")
_STORE = Statement(
    insert_rows("reminders.reminders", _COLUMNS)
    + update_on_conflict(("id",), (name for name in _COLUMNS if name != "id"))
)


def mark_version_seen(transaction: Transaction, task_id: UUID, version: int, *, is_deleted: bool) -> PendingResult:
    """Store that a version of a task was seen. The result has the version seen before, or 0 for a new task.

    It has no row if a newer version or the task's deletion was seen before. The row stays locked until the commit, so
    that events of one task are handled one after another. A deletion is final at any version.
    """
    return transaction.enqueue(_MARK_SEEN, task_id=task_id, version=version, deleted=is_deleted)


def load_task_reminders(transaction: Transaction, task_id: UUID) -> dict[UUID, ReminderRecord]:
    """Return all reminders of a task by their ids, locked until the commit."""
    return {row["id"]: record_from_row(row) for row in transaction.fetch_all(_FIND_OF_TASK, task_id=task_id)}


def load_reminder(transaction: Transaction, reminder_id: UUID) -> ReminderRecord | None:
    """Return a reminder of any user, or None, locked until the commit."""
    row = transaction.fetch_first(_FIND_LOCKED, id=reminder_id, user_id=None)
    return record_from_row(row) if row else None


def load_user_reminder(
    transaction: Transaction, user_id: str, reminder_id: UUID, *, lock: bool = False
) -> ReminderRecord:
    """Return a user's reminder; with ``lock``, its row stays locked until the commit.

    Raises the 404 of a reminder that does not exist or belongs to another user.
    """
    row = transaction.fetch_first(_FIND_LOCKED if lock else _FIND, id=reminder_id, user_id=user_id)
    if row is None:
        raise Problem(404, "there is no reminder with this id")
    return record_from_row(row)


def load_created_reminder(transaction: Transaction, reminder_id: UUID) -> tuple[ReminderRecord, str | None]:
    """Return the reminder that an earlier request with the same key created, and that request's digest."""
    digest = transaction.enqueue(_FIND_DIGEST, id=reminder_id)
    [found] = transaction.fetch_all(_FIND, id=reminder_id, user_id=None)
    return record_from_row(found), digest.rows[0]["request_digest"]


def insert_reminder(transaction: Transaction, record: ReminderRecord, *, digest: str) -> bool:
    """Store a new reminder with the digest of its request; return False if a reminder with its id exists."""
    return transaction.run(_INSERT, rows=[{**_to_row(record), "request_digest": digest}]) > 0


def is_reminder_changed_by(transaction: Transaction, reminder_id: UUID, change: UUID) -> bool:
    """Return whether the reminder's latest change was made by the request with the id ``change``."""
    return bool(transaction.fetch_value(_FIND_CHANGE, id=reminder_id) == change)


def mark_reminder_changed_by(transaction: Transaction, reminder_id: UUID, change: UUID) -> None:
    """Store the id of the request that changed a reminder."""
    transaction.enqueue(_MARK_CHANGE, id=reminder_id, change=change)


def store_reminders(transaction: Transaction, records: Iterable[ReminderRecord]) -> None:
    """Insert or update reminders."""
    rows = [_to_row(record) for record in records]
    if rows:
        transaction.enqueue(_STORE, rows=rows)


def record_from_row(row: Row) -> ReminderRecord:
    """Return the record of a row of ``SELECT_RECORDS``; ``late_by`` is computed."""
    fields = dict(row)
    planned_at, failed = fields.pop("planned_at"), fields.pop("failed")
    late_by = row["delivered_at"] - row["remind_at"] if row["delivered_at"] else None
    return ReminderRecord(Reminder(**fields, late_by=late_by), planned_at, tuple(failed))


def _to_row(record: ReminderRecord) -> dict[str, Any]:
    fields = record.reminder.model_dump(exclude={"late_by"})
    return {**fields, "planned_at": record.planned_at, "failed": list(record.failed)}
