"""The list of a user's reminders, soonest first."""

from datetime import datetime
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, tuple_

from events.reminder import Reminder
from functions.chassis.http.pagination import Moment, Page, decode_cursor, page
from functions.reminders import store
from functions.reminders.requests import ReminderQuery
from functions.reminders.tables import reminders


def list_page(connection: Connection, user_id: str, query: ReminderQuery) -> Page[Reminder]:
    """Return a page of a user's reminders that fit a query; raises the 400 of a cursor that is not ours.

    The order is that of the index ``reminders_of_user``, so that a page costs the same wherever it is.
    """
    columns = reminders.c
    asked = [
        (columns.status, eq, query.status),
        (columns.task_id, eq, query.task_id),
        (columns.remind_at, ge, query.remind_after),
        (columns.remind_at, lt, query.remind_before),
        (columns.due_at, ge, query.due_after),
        (columns.due_at, lt, query.due_before),
    ]
    wanted = (
        select(*store.COLUMNS)
        .where(
            columns.user_id == user_id, *(holds(column, value) for column, holds, value in asked if value is not None)
        )
        .order_by(columns.remind_at, columns.id)
        .limit(query.limit + 1)
    )
    shown_last = decode_cursor(query.cursor, (Moment, UUID))
    if shown_last is not None:
        wanted = wanted.where(tuple_(columns.remind_at, columns.id) > shown_last)
    return page(connection.execute(wanted).all(), query.limit, item=_item, key=_key)


def _item(row: Row[Any]) -> Reminder:
    return store.record(row).reminder


def _key(row: Row[Any]) -> tuple[datetime, UUID]:
    return row.remind_at, row.id
