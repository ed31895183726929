"""Deletes expired rows: old inbox entries and expired state, a limited number at each tick of the clock."""

from datetime import datetime, timedelta
from typing import Final

from functions.chassis.runtime.database import Database
from functions.chassis.runtime.statement import Statement

INBOX_RETENTION: Final = timedelta(days=30)
"""The age at which inbox entries are deleted; longer than any broker retries a delivery."""

MAX_DELETED_ROWS: Final = 5000
"""The number of rows that one call deletes from each table at most."""

# An inbox entry stays while its event may be redriven: a redrive goes to every subscriber, and the entry
# makes sure that no function handles the event twice.
_DELETE_INBOX_ENTRIES = Statement("""
    DELETE FROM delivery.inbox WHERE (function, source, id) IN (
        SELECT function, source, id FROM delivery.inbox AS handled
        WHERE claimed_at < :before AND NOT EXISTS (
            SELECT FROM delivery.dead_letters AS letter
            WHERE letter.event_id = handled.id AND letter.source = handled.source
            AND (letter.status = 'open' OR letter.redriven_at > :before)
        )
        ORDER BY claimed_at LIMIT :max_rows
    )
""")

_DELETE_STATE = Statement("""
    DELETE FROM state.entries WHERE (owner, key) IN (
        SELECT owner, key FROM state.entries WHERE expires_at < :now ORDER BY expires_at LIMIT :max_rows
    ) AND expires_at < :now
""")


def delete_expired_rows(database: Database, *, now: datetime) -> int:
    """Delete old inbox entries and expired state, and return the number of deleted rows."""
    entries = database.run(_DELETE_INBOX_ENTRIES, before=now - INBOX_RETENTION, max_rows=MAX_DELETED_ROWS)
    states = database.run(_DELETE_STATE, now=now, max_rows=MAX_DELETED_ROWS)
    return entries + states
