"""Lists a user's reminders page by page, soonest first."""

from datetime import datetime
from typing import Final
from uuid import UUID

from events.reminder import Reminder
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.chassis.runtime.database import Database
from functions.chassis.runtime.keyset_statement import make_keyset_statement
from functions.chassis.runtime.statement import Row
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
    page, values = make_keyset_statement(
        SELECT_RECORDS,
        ["user_id = :user_id", *(_FILTERS[name] for name in values)],
        {**values, "user_id": user_id},
        order=("remind_at", "id"),
        after=decode_cursor(query.cursor, (CursorTime, UUID)),
        limit=query.limit,
    )
    rows = database.fetch_all(page, **values)
    return make_page(rows, query.limit, item=_item, key=_key)


def _item(row: Row) -> Reminder:
    return record_from_row(row).reminder


def _key(row: Row) -> tuple[datetime, UUID]:
    return row["remind_at"], row["id"]
