"""The rows of dead letters: what a broker gave up, or the outbox could not read, with the reason."""

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

OUTBOX: Final = "the outbox"
"""The destination of an event that never left, as its row cannot be read."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event as it came, whom it was for, and why it did not get there."""

    event: dict[str, Any]
    destination: str
    code: int | None
    reason: str

    @property
    def id(self) -> UUID:
        """The same for the same event to the same destination; by its content where it has no name of its own."""
        source, event_id = self.event.get("source"), self.event.get("id")
        if not source or not event_id:
            content = json.dumps(self.event, sort_keys=True).encode()
            return derived_id("dead-letter", self.destination, hashlib.sha256(content).hexdigest())
        return derived_id("dead-letter", self.destination, source, event_id)


def keep(connection: Connection, letter: DeadLetter, *, now: datetime) -> None:
    """Keep a dead letter; one that is known is counted, and opened again where it had been redriven."""
    statement = insert(dead_letters).values(
        id=letter.id,
        event=letter.event,
        type=_text(letter.event.get("type")),
        source=_text(letter.event.get("source")),
        event_id=_text(letter.event.get("id")),
        destination=letter.destination,
        code=letter.code,
        reason=letter.reason,
        status="open",
        first_seen=now,
        last_seen=now,
    )
    again = {"code": letter.code, "reason": letter.reason, "status": "open", "last_seen": now}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={**again, "count": dead_letters.c.count + 1})
    )


def find(connection: Connection, letter_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a dead letter, locked for a change if asked for; None where there is none."""
    wanted = select(dead_letters).where(dead_letters.c.id == letter_id)
    return connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()


def search(connection: Connection, wanted: Sequence[ColumnElement[bool]], *, limit: int) -> Sequence[RowMapping]:
    """Return up to ``limit`` dead letters that fit every condition, newest first."""
    order = (dead_letters.c.first_seen.desc(), dead_letters.c.id.desc())
    return connection.execute(select(dead_letters).where(*wanted).order_by(*order).limit(limit)).mappings().all()


def mark_redriven(connection: Connection, letter_id: UUID, *, now: datetime) -> None:
    """Note that a dead letter was sent again."""
    connection.execute(
        update(dead_letters).where(dead_letters.c.id == letter_id).values(status="redriven", redriven_at=now)
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
