"""The tables of the schema ``tasks``.

A column of the table ``tasks`` with the name of a field of :class:`events.task.Task` stores that field.
"""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="tasks")

series = Table(
    "series",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("start", DateTime, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("recurrence", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("exdates", JSONB, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("tags", JSONB, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("time_zone", Text),
    Column("recurrence", JSONB(none_as_null=True)),
    Column("reminders", JSONB, nullable=False),
    Column("series_id", Uuid),
    Column("occurrence", Integer),
    Column("recurrence_id", DateTime(timezone=True)),
    Column("follows", Uuid, unique=True),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("request_digest", Text),
    Column("skipped_at", DateTime(timezone=True)),
    Column("pattern", JSONB(none_as_null=True)),
)

changes = Table(
    "changes",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
)
"""The number of each task's last change. A trigger writes this table and ``counters`` (see migration 0009)."""

counters = Table(
    "counters",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""The last number that each user's changes have received."""
