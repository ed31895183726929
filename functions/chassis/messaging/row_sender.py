"""Publishes leased rows of the outbox: sends the event, then deletes its row or postpones it."""

from datetime import datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from functions.chassis.messaging.event_sender import RETRY_SECONDS, TRY_SECONDS, EventSender
from functions.chassis.messaging.sent_rows import SentRows
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger

RENEW_AFTER: Final = outbox.LEASE - timedelta(seconds=TRY_SECONDS + RETRY_SECONDS)
"""The time that a leased event may wait for its first try, so that all of its tries end before its lease does."""

log = get_logger(__name__)


class RowSender:
    """Sends events whose outbox rows this process has leased. Threads may share it."""

    def __init__(self, database: Database, sender: EventSender, *, clock: Clock) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._sent = SentRows(database)

    def keep_lease(self, event: Envelope, leased_at: datetime) -> bool:
        """Renew the lease of an event that has waited, and return whether the event may be sent.

        It may not if it was withdrawn or claimed by the relay meanwhile. If the database is not available, the event
        is left to the relay.
        """
        now = self._clock()
        if now < leased_at + RENEW_AFTER:
            return True
        try:
            return outbox.renew_lease(self._database, event.id, leased_at=leased_at, now=now)
        except DatabaseUnavailableError:
            return False

    def send(self, event: Envelope) -> bool:
        """Send an event and return whether the bus accepted it. Its row is deleted soon, or postponed now."""
        if self._sender.send(event):
            self._sent.add(event.id)
            return True
        try:
            outbox.postpone_events(self._database, [event.id], now=self._clock())
        except DatabaseUnavailableError:
            log.warning("the outbox could not be updated; the event is sent again after its lease expires")
        return False

    def send_without_row(self, event: Envelope) -> bool:
        """Send an event that is not in the outbox, and return whether the bus accepted it."""
        return self._sender.send(event)

    def release(self, events: list[Envelope]) -> bool:
        """End the lease of events that were not tried, so that the relay can claim them. Return whether it worked."""
        try:
            outbox.release_events(self._database, [event.id for event in events])
        except DatabaseUnavailableError:
            log.warning("events could not be released in the outbox; the relay sends them after their lease expires")
            return False
        return True

    def flush(self) -> None:
        """Delete the rows of the events that were sent so far."""
        self._sent.flush()

    def close(self) -> None:
        """Delete the rows of the events that were sent, and stop the thread that does so."""
        self._sent.close()
