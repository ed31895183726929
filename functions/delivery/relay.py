"""The system's timer: waits for the next moment in the outbox, and publishes what falls due then.

Nothing is claimed while it waits. A row is leased when its moment has come, so whoever else wants it, to take it back
or to move it, can have it until then; and a relay that dies while it waits leaves nothing behind.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.broken_rows import set_aside
from functions.delivery.lanes import Lanes

LONGEST_REST: Final = timedelta(hours=1)
"""How far ahead a relay says there is nothing to do, at most."""

SLICE: Final = timedelta(seconds=0.5)
"""How long one wait may be: the clock may be set, or the process told to stop, in the meantime."""

SHORTEST: Final = timedelta(milliseconds=10)
"""Before it looks again at a row that is due and that somebody else has in hand."""

HICCUP: Final = timedelta(seconds=1)
"""Before it asks a database again that was there a moment ago."""

log = get_logger(__name__)


def pause(changed: threading.Condition, seconds: float) -> None:
    """Wait for a change, which the caller holds the lock of, for so long at most."""
    changed.wait(seconds)


class Relay:
    """Publishes every row of the outbox at its moment: one run at a time, which others may wake."""

    def __init__(
        self,
        database: Database,
        *,
        send: Callable[[Envelope], bool],
        clock: Clock,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._stopping = stopping
        self._changed = threading.Condition()
        self._changes = 0
        self._running = False
        self._lanes = Lanes(send=send, give_back=self._give_back, changed=self.wake, stopping=stopping, clock=clock)

    def wake(self) -> None:
        """Make a run that waits look again: there may be something sooner."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def run(self, until: datetime) -> datetime | None:
        """Publish what falls due, each at its moment, until nothing more is due soon or ``until`` has come.

        Returns when to look again, an hour ahead at most; None where another run is on, which was woken and looks
        for itself. Raises :class:`functions.chassis.runtime.database.DatabaseUnavailableError`.
        """
        with self._changed:
            if self._running:
                self._changes += 1
                self._changed.notify_all()
                return None
            self._running = True
        try:
            return self._run(until)
        except BaseException:
            self._running = False
            raise

    def _run(self, until: datetime) -> datetime:
        seen = self._changes
        moment = self._look()
        while True:
            now = self._clock()
            over = now >= until or self._stopping()
            if over or (self._lanes.idle and moment > now + outbox.TICK):
                with self._changed:
                    if over or self._changes == seen:
                        self._running = False  # whoever comes from here on starts a run of their own
                        return moment if self._lanes.idle else now
            else:
                self._wait(seen, min(moment, until))
            seen = self._changes
            moment = self._look_again(moment)

    def _look(self) -> datetime:
        """Publish what is due, and return the next moment."""
        while (room := self._lanes.room) and not self._stopping():
            now = self._clock()
            with self._database.transaction() as connection:
                events = outbox.claim_due(connection, now=now, limit=room, on_broken=set_aside(connection, now=now))
            self._lanes.take(events)
            if len(events) < room:
                break
        with self._database.transaction() as connection:
            moment = outbox.next_moment(connection)
        longest = self._clock() + LONGEST_REST
        return min(moment or longest, longest)

    def _look_again(self, last: datetime) -> datetime:
        try:
            return self._look()
        except DatabaseUnavailableError:
            log.warning("the database is away; the next event is due at %s, and waits for it", last.isoformat())
            return self._clock() + HICCUP

    def _wait(self, seen: int, moment: datetime) -> None:
        """Return when the moment has come, something changed, or the process is to stop."""
        moment = max(moment, self._clock() + SHORTEST)
        with self._changed:
            while self._changes == seen and not self._stopping():
                left = moment - self._clock()
                if left <= timedelta():
                    return
                pause(self._changed, min(left, SLICE).total_seconds())

    def _give_back(self, event: Envelope) -> None:
        with self._database.transaction() as connection:
            outbox.release(connection, [event.id])
