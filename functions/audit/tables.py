"""The tables of the schema `audit`: the append-only log, and the users' keys."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="audit")

entries = Table(
    "entries",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("event", JSONB, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text),
    Column("userid", Text),
    Column("correlationid", Text),
    Column("time", DateTime(timezone=True)),
    Column("appended_at", DateTime(timezone=True), nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("userid", Text, primary_key=True),
    Column("key", LargeBinary),
    Column("forgotten_at", DateTime(timezone=True)),
)
