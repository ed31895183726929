"""Forgetting what nobody asks for any more, a little at each tick."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

INBOX_KEPT: Final = timedelta(days=30)
"""How long a function remembers what it handled: longer than any broker tries."""

AT_ONCE: Final = 5000

# What a function handled is remembered as long as the same event may be sent again to another that did not.
_INBOX = text("""
    DELETE FROM delivery.inbox WHERE (function, source, id) IN (
        SELECT function, source, id FROM delivery.inbox AS handled
        WHERE claimed_at < :before AND NOT EXISTS (
            SELECT FROM delivery.dead_letters AS letter
            WHERE letter.event_id = handled.id AND letter.source = handled.source
            AND (letter.status = 'open' OR letter.redriven_at > :before)
        )
        ORDER BY claimed_at LIMIT :at_once
    )
""")

_STATE = text("""
    DELETE FROM state.entries WHERE (owner, key) IN (
        SELECT owner, key FROM state.entries WHERE expires_at < :now ORDER BY expires_at LIMIT :at_once
    ) AND expires_at < :now
""")


def sweep(connection: Connection, *, now: datetime) -> int:
    """Take away old inbox entries and expired state, a bounded number of each; return how many rows that was."""
    handled = connection.execute(_INBOX, {"before": now - INBOX_KEPT, "at_once": AT_ONCE})
    expired = connection.execute(_STATE, {"now": now, "at_once": AT_ONCE})
    return handled.rowcount + expired.rowcount
