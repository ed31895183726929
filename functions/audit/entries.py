"""The rows of the audit log: added at the end, one index after the other, and never touched again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    MetaData,
    RowMapping,
    Table,
    Text,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from events.event import Attributes

entries = Table(
    "entries",
    MetaData(schema="audit"),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("event", JSONB, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text),
    Column("userid", Text),
    Column("correlationid", Text),
    Column("time", DateTime(timezone=True)),
    Column("appended_at", DateTime(timezone=True), nullable=False),
)

_APPENDING: Final = 7_315_101
"""The advisory lock of whoever appends; any number that nobody else takes in this database."""


def append(connection: Connection, document: dict[str, Any], attributes: Attributes, *, now: datetime) -> int:
    """Add an event at the end, and return its index.

    Indexes count from 0 without a gap: the lock is held to the transaction's end, so that nobody else counts before
    this entry is there or is known never to be.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_APPENDING)))
    # A statement of its own: its snapshot is taken after the lock was granted, and sees the entry before.
    last = connection.scalar(select(func.max(entries.c.index)))
    index = 0 if last is None else last + 1
    connection.execute(
        insert(entries).values(
            index=index,
            event=document,
            type=attributes.type,
            subject=attributes.subject,
            userid=attributes.userid,
            correlationid=attributes.correlationid,
            time=attributes.time,
            appended_at=now,
        )
    )
    return index


def find(connection: Connection, index: int) -> RowMapping | None:
    """Return the entry at an index, or None where the log is not that long."""
    return connection.execute(select(entries).where(entries.c.index == index)).mappings().first()


def search(connection: Connection, wanted: Sequence[ColumnElement[bool]], *, limit: int) -> Sequence[RowMapping]:
    """Return up to ``limit`` entries that fit every condition, in the order of the log."""
    found = select(entries).where(*wanted).order_by(entries.c.index).limit(limit)
    return connection.execute(found).mappings().all()
