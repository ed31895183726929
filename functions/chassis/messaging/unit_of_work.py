"""The unit of work: one transaction in which a function writes rows and emits events, together or not at all."""

from datetime import datetime
from uuid import UUID

from events.data import EventData
from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from functions.chassis.messaging import inbox, outbox
from functions.chassis.runtime.transaction import PendingResult, Transaction


class UnitOfWork:
    """A transaction that also stores the events to publish after its commit.

    :meth:`functions.chassis.instance.Instance.unit_of_work` opens it::

        with instance.unit_of_work(cause) as work:
            work.transaction.enqueue(STORE_REMINDER, rows=[row])
            work.emit(ReminderScheduled(reminder=reminder))

    ``now`` is the time of everything in the transaction. Of the events that are due now, the first ``max_leased`` are
    stored with a lease for this instance, which publishes them. The relay publishes the others.
    """

    def __init__(
        self, transaction: Transaction, *, service: str, cause: Cause | None, now: datetime, max_leased: int
    ) -> None:
        self.transaction = transaction
        self.now = now
        self._service = service
        self._cause = cause
        self._events: list[tuple[Envelope, datetime]] = []
        self._flushed = 0
        self._leases = max_leased
        self.due_now: list[Envelope] = []
        """The events to publish right after the commit."""

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
        Raises ValueError if neither the call nor the unit of work has a cause.
        """
        cause = cause or self._cause
        if cause is None:
            raise ValueError("cause: is missing; in a batch, each event that is emitted needs its own")
        due_at = max(at or self.now, self.now)
        event = Event.create(data, service=self._service, cause=cause, time=due_at, event_id=event_id)
        self._events.append((encode_event(event), due_at))

    def forward(self, event: Envelope) -> None:
        """Publish an existing event again, unchanged, after the commit."""
        self._events.append((event, self.now))

    def withdraw(self, event_id: UUID) -> PendingResult:
        """Delete an event that waits for its time.

        The ``count`` of the result is 0 if the event was published, or is being published.
        """
        self.flush()
        return outbox.withdraw_event(self.transaction, event_id, now=self.now)

    def claim(self, function: str, event: Event[EventData]) -> None:
        """Claim an event for a function.

        The next exchange raises :class:`functions.chassis.messaging.inbox.DuplicateEventError` if the function has
        handled the event already.
        """
        inbox.claim_event(self.transaction, function, event, now=self.now)

    def flush(self) -> None:
        """Store the events emitted so far in the outbox. The instance calls this before the commit."""
        events, self._flushed = self._events[self._flushed :], len(self._events)
        leased = [event for event, due_at in events if due_at <= self.now][: self._leases]
        self._leases -= len(leased)
        self.due_now += leased
        outbox.store_events(self.transaction, events, leased={event.id for event in leased}, now=self.now)

    @property
    def due_before_next_tick(self) -> datetime | None:
        """The earliest due time of an event that needs the relay before the clock's next tick, or None."""
        published = {event.id for event in self.due_now}
        latest = self.now + outbox.MAX_TICK_INTERVAL
        waiting = [due_at for event, due_at in self._events if event.id not in published and due_at <= latest]
        return min(waiting, default=None)
