"""Stores dead letters: events that the Broker could not deliver, and outbox rows that are not valid events."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from events.ids import derived_id
from functions.chassis.runtime.database import Connection, Database
from functions.chassis.runtime.keyset_statement import make_keyset_statement
from functions.chassis.runtime.statement import Row, Statement
from functions.chassis.runtime.transaction import Transaction

_STORE = Statement(
    "INSERT INTO delivery.dead_letters"
    " (id, event, type, source, event_id, destination, code, reason, status, first_seen, last_seen)"
    " VALUES (:id, :event, :type, :source, :event_id, :destination, :code, :reason, 'open', :now, :now)"
    " ON CONFLICT (id) DO UPDATE SET code = excluded.code, reason = excluded.reason, status = 'open',"
    " last_seen = excluded.last_seen, count = dead_letters.count + 1"
)
_SELECT: Final = (
    "SELECT id, event, type, source, event_id, destination, code, reason, status, count, first_seen, last_seen,"
    " redriven_at FROM delivery.dead_letters"
)
_FILTERS: Final = {"status": "status = :status", "type": "type = :type"}
_FIND = Statement(f"{_SELECT} WHERE id = :id")
_FIND_LOCKED = Statement(f"{_SELECT} WHERE id = :id FOR UPDATE")
_MARK_REDRIVEN = Statement(
    "UPDATE delivery.dead_letters SET status = 'redriven', redriven_at = :now WHERE id = :id",
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
    connection.run(
        _STORE,
        id=letter.id,
        event=letter.event,
        type=_to_text(letter.event.get("type")),
        source=_to_text(letter.event.get("source")),
        event_id=_to_text(letter.event.get("id")),
        destination=letter.destination,
        code=letter.code,
        reason=letter.reason,
        now=now,
    )


def find_dead_letter(database: Database, letter_id: UUID) -> Row | None:
    """Return a dead letter's row, or None."""
    return database.fetch_first(_FIND, id=letter_id)


def lock_dead_letter(transaction: Transaction, letter_id: UUID) -> Row | None:
    """Return a dead letter's row, locked until the transaction ends, or None."""
    return transaction.fetch_first(_FIND_LOCKED, id=letter_id)


def select_dead_letters(
    database: Database, filters: Mapping[str, str | None], *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """Return ``limit`` dead letters and one more, if there are so many, newest first.

    ``filters`` has a value or None for ``status`` and ``type``. ``before`` is the ``first_seen`` and ``id`` of the last
    dead letter of the page before, or None for the first page.
    """
    values = {name: value for name, value in filters.items() if value is not None}
    page, values = make_keyset_statement(
        _SELECT,
        [_FILTERS[name] for name in values],
        values,
        order=("first_seen", "id"),
        after=before,
        limit=limit,
        newest_first=True,
    )
    return database.fetch_all(page, **values)


def mark_redriven(transaction: Transaction, letter_id: UUID, *, now: datetime) -> None:
    """Set a dead letter's status to redriven: its event was sent again."""
    transaction.enqueue(_MARK_REDRIVEN, id=letter_id, now=now)


def _to_text(value: object) -> str | None:
    return None if value is None else str(value)
