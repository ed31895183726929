"""The tables of the schema `reminders`."""

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="reminders")

reminders = Table(
    "reminders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("task_id", Uuid),
    Column("title", Text, nullable=False),
    Column("before", Text),
    Column("at", DateTime(timezone=True)),
    Column("max_lateness", Text),
    Column("remind_at", DateTime(timezone=True), nullable=False),
    # The requested moment, before any snooze; null if the task no longer has this reminder.
    Column("planned_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("time_zone", Text),
    Column("status", Text, nullable=False),
    Column("snoozed", Boolean, nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
    Column("reason", Text),
    # The ids of the notifications of the current firing that failed.
    Column("failed", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    # The digest of the request that created the reminder, and the id of the request that changed it last.
    Column("request_digest", Text),
    Column("changed_by", Uuid),
)

# The newest version of each task that a reaction has handled. A deletion is final.
seen = Table(
    "seen",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
)
