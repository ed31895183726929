"""Publishes each event of the outbox when it is due. This is the system's only timer.

The relay claims a row only when the row is due. Until then other functions can withdraw or move the event, and a relay
that dies while it waits leaves no lease behind.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Condition
from typing import Final

from events.envelope import Envelope
from functions.chassis.messaging import outbox
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.backlog import Backlog
from functions.delivery.events_in_flight import count_startable_events, set_events_aside
from functions.delivery.function_waker import FunctionWaker
from functions.delivery.publish_pool import PublishPool
from functions.delivery.unreadable_rows import move_to_dead_letters

MAX_REST: Final = timedelta(hours=1)
"""The longest time between two runs, also if no event is due."""

MAX_WAIT_SLICE: Final = timedelta(seconds=0.5)
"""The longest single wait. Between two waits the relay checks the clock, and whether the process is stopping."""

MIN_WAIT: Final = timedelta(milliseconds=10)
"""The shortest wait: another relay may be claiming a row that is due."""

BUSY_WAIT: Final = timedelta(milliseconds=50)
"""The wait while as many events are in flight as may be."""

DATABASE_RETRY: Final = timedelta(seconds=1)
"""The wait before the next query after the database became unavailable during a run."""

log = get_logger(__name__)


class Relay:
    """Publishes each row of the outbox when it is due. One run at a time; other threads can wake it.

    ``send`` publishes an event, settles its row and returns whether the event was published. The run ends early when
    ``is_stopping`` returns True. ``waker`` wakes the functions that the events concern; the default wakes none.

    ``send`` may delete rows later, and ``flush`` deletes them now. Until then a row is leased, as if its event still
    had to be sent.
    """

    def __init__(
        self,
        database: Database,
        *,
        send: Callable[[Envelope], bool],
        clock: Clock,
        is_stopping: Callable[[], bool],
        waker: FunctionWaker | None = None,
        flush: Callable[[], object] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._is_stopping = is_stopping
        self._flush = flush
        self._waker = waker or FunctionWaker(database, [], url_of=str, clock=clock)
        self._changed = Condition()
        self._changes = 0
        self._is_running = False
        self._is_limited = False
        self._backlog = Backlog()
        self._pool = PublishPool(
            send=send, release=self._release, on_change=self.wake, is_stopping=is_stopping, clock=clock
        )

    def wake(self) -> None:
        """Make a waiting run query the outbox again, because an earlier event may have been stored."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def run(self, until: datetime) -> datetime | None:
        """Publish events when they are due, until ``until`` or until none is due before the clock's next tick.

        Returns when the next run is needed, at most :data:`MAX_REST` ahead. Returns None if a run is in progress in
        another thread; that run is woken. Raises
        :class:`functions.chassis.runtime.database.DatabaseUnavailableError` if the first query fails.
        """
        with self._changed:
            if self._is_running:
                self._changes += 1
                self._changed.notify_all()
                return None
            self._is_running = True
        try:
            return self._publish_until(until)
        except BaseException:
            self._is_running = False
            raise

    def _publish_until(self, until: datetime) -> datetime:
        seen_changes = self._changes
        next_due = self._publish_due()
        while True:
            now = self._clock()
            must_end = now >= until or self._is_stopping()
            if must_end or (self._pool.is_idle and next_due > now + outbox.MAX_TICK_INTERVAL):
                with self._changed:
                    if must_end or self._changes == seen_changes:
                        self._is_running = False  # under the lock: a call of run() from now on starts its own run
                        return next_due if self._pool.is_idle else now
            else:
                self._waker.wake_for_upcoming(next_due, now)
                self._wait(seen_changes, min(self._waker.next_look(next_due, self._clock()), until))
            seen_changes = self._changes
            next_due = self._publish_due_or_retry(next_due)

    def _publish_due(self) -> datetime:
        """Publish the events that are due now, and return when the next one is due."""
        while (free_slots := self._pool.free_slots) and not self._is_stopping():
            now = self._clock()
            with self._database.transaction() as transaction:
                startable = count_startable_events(transaction, now=now)
                self._is_limited = startable < free_slots
                if startable <= 0:
                    break
                move_row = partial(move_to_dead_letters, transaction, now=now)
                limit = min(free_slots, startable)
                chosen = self._backlog.choose_events(transaction, limit, now=now)
                events = outbox.claim_due_events(
                    transaction, now=now, limit=limit, event_ids=chosen, on_broken=move_row
                )
            if not chosen:
                self._backlog.record_claim(len(events), limit)
            if rejected := self._pool.submit(events):
                set_events_aside(self._database, [event.id for event in rejected], now=now)
            self._waker.wake_for_claimed(events)
            if self._is_limited or (len(events) < limit and not self._backlog.has_turns):
                break
        if self._pool.is_idle:
            self._flush()
        next_due = outbox.next_due_time(self._database)
        latest = self._clock() + MAX_REST
        return min(next_due or latest, latest)

    def _publish_due_or_retry(self, last_due: datetime) -> datetime:
        try:
            return self._publish_due()
        except DatabaseUnavailableError:
            log.warning("the database is not available; the event that is due at %s waits", last_due.isoformat())
            return self._clock() + DATABASE_RETRY

    def _wait(self, seen_changes: int, moment: datetime) -> None:
        """Return at ``moment``, after a change, or when the process is stopping.

        The pool reports free slots as a change. Until then, a full pool needs no query.
        """
        shortest = BUSY_WAIT if self._is_limited else MIN_WAIT
        moment = max(moment, self._clock() + (shortest if self._pool.free_slots else MAX_WAIT_SLICE))
        with self._changed:
            while self._changes == seen_changes and not self._is_stopping():
                left = moment - self._clock()
                if left <= timedelta():
                    return
                self._changed.wait(min(left, MAX_WAIT_SLICE).total_seconds())

    def _release(self, event: Envelope) -> None:
        outbox.release_events(self._database, [event.id])
