"""The tables in the schema `notifications`."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Interval, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="notifications")

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("task_id", Uuid),
    Column("reminder_id", Uuid),
    Column("remind_at", DateTime(timezone=True)),
    Column("siblings", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("read_at", DateTime(timezone=True)),
    Column("late_by", Interval),
    Column("reason", Text),
    Column("address", JSONB, nullable=False),
    Column("request_digest", Text),
    Column("falls_back_for", Uuid),
    Column("gathered_by", Uuid),
    Column("as_of", DateTime(timezone=True)),
)

attempts = Table(
    "attempts",
    metadata,
    Column("notification_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("reason", Text),
)

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("channels", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("quiet_hours", JSONB(none_as_null=True)),
    Column("muted", JSONB, nullable=False, server_default="[]"),
    Column("mode", Text, nullable=False, server_default="all"),
    Column("digest", Boolean, nullable=False, server_default="false"),
)

ended = Table(
    "ended",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
