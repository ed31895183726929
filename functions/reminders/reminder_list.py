"""Lists a user's reminders page by page, soonest first."""

from datetime import datetime
from typing import Final
from uuid import UUID

from events.reminder import Reminder
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Row, make_statement
from functions.reminders.reminder_requests import ReminderQuery
from functions.reminders.reminder_store import SELECT_RECORDS, record_from_row

_FILTERS: Final = {
    "status": "status = :status",
    "task_id": "task_id = :task_id",
    "remind_after": "remind_at >= :remind_after",
    "remind_before": "remind_at < :remind_before",
    "due_after": "due_at >= :due_after",
    "due_before": "due_at < :due_before",
}
"""The condition of each member of a query."""


def list_user_reminders(database: Database, user_id: str, query: ReminderQuery) -> Page[Reminder]:
    """Return a page of the user's reminders that match a query; raises the 400 of an invalid cursor.

    The order is the order of the index ``reminders_of_user``, so that every page costs the same.
    """
    values = {name: getattr(query, name) for name in _FILTERS if getattr(query, name) is not None}
    conditions = ["user_id = :user_id", *(_FILTERS[name] for name in values)]
    after = decode_cursor(query.cursor, (CursorTime, UUID))
    if after is not None:
        conditions.append("(remind_at, id) > (:after_moment, :after_id)")
        values |= {"after_moment": after[0], "after_id": after[1]}
    page = make_statement(f"{SELECT_RECORDS} WHERE {' AND '.join(conditions)} ORDER BY remind_at, id LIMIT :limit")
    rows = database.fetch_all(page, user_id=user_id, limit=query.limit + 1, **values)
    return make_page(rows, query.limit, item=_item, key=_key)


def _item(row: Row) -> Reminder:
    return record_from_row(row).reminder


def _key(row: Row) -> tuple[datetime, UUID]:
    return row["remind_at"], row["id"]
