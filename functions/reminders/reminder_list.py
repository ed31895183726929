"""Lists a user's reminders page by page, soonest first."""

from datetime import datetime
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, tuple_

from events.reminder import Reminder
from functions.chassis.http.pagination import CursorTime, Page, decode_cursor, make_page
from functions.reminders.reminder_requests import ReminderQuery
from functions.reminders.reminder_store import RECORD_COLUMNS, record_from_row
from functions.reminders.tables import reminders


def list_user_reminders(connection: Connection, user_id: str, query: ReminderQuery) -> Page[Reminder]:
    """Return a page of the user's reminders that match a query; raises the 400 of an invalid cursor.

    The order is the order of the index ``reminders_of_user``, so that every page costs the same.
    """
    columns = reminders.c
    filters = [
        (columns.status, eq, query.status),
        (columns.task_id, eq, query.task_id),
        (columns.remind_at, ge, query.remind_after),
        (columns.remind_at, lt, query.remind_before),
        (columns.due_at, ge, query.due_after),
        (columns.due_at, lt, query.due_before),
    ]
    statement = (
        select(*RECORD_COLUMNS)
        .where(
            columns.user_id == user_id,
            *(compare(column, value) for column, compare, value in filters if value is not None),
        )
        .order_by(columns.remind_at, columns.id)
        .limit(query.limit + 1)
    )
    after = decode_cursor(query.cursor, (CursorTime, UUID))
    if after is not None:
        statement = statement.where(tuple_(columns.remind_at, columns.id) > after)
    return make_page(connection.execute(statement).all(), query.limit, item=_item, key=_key)


def _item(row: Row[Any]) -> Reminder:
    return record_from_row(row).reminder


def _key(row: Row[Any]) -> tuple[datetime, UUID]:
    return row.remind_at, row.id
