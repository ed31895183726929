"""One transaction: what a function writes, and what it says, together or not at all."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from events.data import EventData
from events.encoding import encode_event
from events.envelope import Envelope
from events.event import Cause, Event
from functions.chassis.messaging import inbox, outbox


class UnitOfWork:
    """A transaction with a voice. Opened by :meth:`functions.chassis.instance.Instance.unit_of_work`."""

    def __init__(self, connection: Connection, *, service: str, cause: Cause, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._service = service
        self._cause = cause
        self._said: list[tuple[Envelope, datetime]] = []
        self._flushed = 0

    def emit(
        self,
        data: EventData,
        *,
        at: datetime | None = None,
        event_id: UUID | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Say something with the commit, or at a moment ahead.

        ``event_id`` is derived from the cause where a repeat must have the same id; ``cause`` is what is being
        handled unless the event belongs to an earlier story.
        """
        due_at = max(at or self.now, self.now)
        event = Event.create(data, service=self._service, cause=cause or self._cause, time=due_at, event_id=event_id)
        self._said.append((encode_event(event), due_at))

    def forward(self, event: Envelope) -> None:
        """Say once more, unchanged, what was said before."""
        self._said.append((event, self.now))

    def withdraw(self, event_id: UUID) -> bool:
        """Take back what was to be said at a moment ahead; False where it was said, or is being said now."""
        self.flush()
        return outbox.withdraw(self.connection, event_id, now=self.now)

    def claim(self, function: str, event: Event[EventData]) -> bool:
        """Claim an event for a function; False where it was handled before."""
        return inbox.claim(self.connection, function, event, now=self.now)

    def flush(self) -> None:
        """Write what was said into the outbox; the commit does it as well."""
        outbox.put(self.connection, self._said[self._flushed :], now=self.now)
        self._flushed = len(self._said)

    @property
    def due_now(self) -> list[Envelope]:
        """What is to be published right after the commit."""
        return [event for event, due_at in self._said if due_at <= self.now]

    @property
    def due_before_next_tick(self) -> datetime | None:
        """The first moment ahead that the clock's next tick might miss."""
        soon = [due_at for _, due_at in self._said if self.now < due_at <= self.now + outbox.TICK]
        return min(soon, default=None)
