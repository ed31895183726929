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
    Column("planned_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("time_zone", Text),
    Column("status", Text, nullable=False),
    Column("snoozed", Boolean, nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("failed", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_digest", Text),
    Column("changed_by", Uuid),
)

seen = Table(
    "seen",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
)
