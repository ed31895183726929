"""The unit of work: one transaction in which a function writes rows and emits events, together or not at all."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from events.data import EventData
from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from functions.chassis.messaging import inbox, outbox


class UnitOfWork:
    """A transaction that also stores the events to publish after its commit.

    :meth:`functions.chassis.instance.Instance.unit_of_work` opens it::

        with instance.unit_of_work(cause) as work:
            work.connection.execute(insert(reminders).values(row))
            work.emit(ReminderScheduled(reminder=reminder))

    ``now`` is the time of everything in the transaction.
    """

    def __init__(self, connection: Connection, *, service: str, cause: Cause, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._service = service
        self._cause = cause
        self._events: list[tuple[Envelope, datetime]] = []
        self._flushed = 0

    def emit(
        self,
        data: EventData,
        *,
        at: datetime | None = None,
        event_id: UUID | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Publish an event after the commit, or at the time ``at``.

        Pass an ``event_id`` derived from the cause if a repeated emit must have the same id; the default is a new id.
        Pass a ``cause`` if the event follows from something other than the request or event that is being handled.
        """
        due_at = max(at or self.now, self.now)
        event = Event.create(data, service=self._service, cause=cause or self._cause, time=due_at, event_id=event_id)
        self._events.append((encode_event(event), due_at))

    def forward(self, event: Envelope) -> None:
        """Publish an existing event again, unchanged, after the commit."""
        self._events.append((event, self.now))

    def withdraw(self, event_id: UUID) -> bool:
        """Delete an event that waits for its time. Return False if it was published, or is being published."""
        self.flush()
        return outbox.withdraw_event(self.connection, event_id, now=self.now)

    def claim(self, function: str, event: Event[EventData]) -> bool:
        """Claim an event for a function. Return False if the function has handled it already."""
        return inbox.claim_event(self.connection, function, event, now=self.now)

    def flush(self) -> None:
        """Store the events emitted so far in the outbox. The instance calls this before the commit."""
        outbox.store_events(self.connection, self._events[self._flushed :], now=self.now)
        self._flushed = len(self._events)

    @property
    def due_now(self) -> list[Envelope]:
        """The events to publish right after the commit."""
        return [event for event, due_at in self._events if due_at <= self.now]

    @property
    def due_before_next_tick(self) -> datetime | None:
        """The earliest due time in the future that may come before the clock's next tick, or None."""
        soon = [due_at for _, due_at in self._events if self.now < due_at <= self.now + outbox.MAX_TICK_INTERVAL]
        return min(soon, default=None)
