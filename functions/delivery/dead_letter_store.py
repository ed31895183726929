"""Stores dead letters: events that the Broker could not deliver, and outbox rows that are not valid events."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    RowMapping,
    Table,
    Text,
    Uuid,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from events.ids import derived_id
from functions.chassis.messaging.tables import metadata

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("event", JSONB, nullable=False),
    Column("type", Text),
    Column("source", Text),
    Column("event_id", Text),
    Column("destination", Text, nullable=False),
    Column("code", Integer),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Column("redriven_at", DateTime(timezone=True)),
)

OUTBOX_DESTINATION: Final = "the outbox"
"""The destination of an event that was never published, because its outbox row cannot be read."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An undelivered event, its destination, and the HTTP status and reason of the failure."""

    event: dict[str, Any]
    destination: str
    code: int | None
    reason: str

    @property
    def id(self) -> UUID:
        """The UUIDv5 of the destination and the event, so that a repeat has the same id.

        The event counts by its source and id, or by its content if one of them is missing.
        """
        source, event_id = self.event.get("source"), self.event.get("id")
        if not source or not event_id:
            content = json.dumps(self.event, sort_keys=True).encode()
            return derived_id("dead-letter", self.destination, hashlib.sha256(content).hexdigest())
        return derived_id("dead-letter", self.destination, source, event_id)


def store_dead_letter(connection: Connection, letter: DeadLetter, *, now: datetime) -> None:
    """Insert a dead letter; if it exists, update it: increase its count and set its status to open."""
    statement = insert(dead_letters).values(
        id=letter.id,
        event=letter.event,
        type=_to_text(letter.event.get("type")),
        source=_to_text(letter.event.get("source")),
        event_id=_to_text(letter.event.get("id")),
        destination=letter.destination,
        code=letter.code,
        reason=letter.reason,
        status="open",
        first_seen=now,
        last_seen=now,
    )
    repeated = {"code": letter.code, "reason": letter.reason, "status": "open", "last_seen": now}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={**repeated, "count": dead_letters.c.count + 1})
    )


def find_dead_letter(connection: Connection, letter_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a dead letter's row, or None. ``lock`` locks the row until the transaction ends."""
    statement = select(dead_letters).where(dead_letters.c.id == letter_id)
    return connection.execute(statement.with_for_update() if lock else statement).mappings().first()


def select_dead_letters(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], *, limit: int
) -> Sequence[RowMapping]:
    """Return up to ``limit`` dead letters that meet every condition, newest first."""
    order = (dead_letters.c.first_seen.desc(), dead_letters.c.id.desc())
    return connection.execute(select(dead_letters).where(*conditions).order_by(*order).limit(limit)).mappings().all()


def mark_redriven(connection: Connection, letter_id: UUID, *, now: datetime) -> None:
    """Set a dead letter's status to redriven: its event was sent again."""
    connection.execute(
        update(dead_letters).where(dead_letters.c.id == letter_id).values(status="redriven", redriven_at=now)
    )


def _to_text(value: object) -> str | None:
    return None if value is None else str(value)
