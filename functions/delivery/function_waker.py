"""Wakes the functions that an event concerns shortly before the event is due, so that no cold start delays it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.messaging.outbox import WAKE_AHEAD
from functions.chassis.runtime.clock import Clock
from functions.chassis.runtime.database import Database, DatabaseUnavailableError
from functions.delivery.event_routes import EventRoutes, Subscription
from functions.delivery.upcoming_events import find_upcoming_kinds
from functions.delivery.wake_requests import WakeRequests
from functions.delivery.wake_schedule import LOOK_INTERVAL, WakeSchedule

QUIET_TIME: Final = timedelta(milliseconds=200)
"""No look begins so shortly before an event is due, because it would delay the event."""


class FunctionWaker:
    """Looks at the events that are due soon, once a second, and sends requests to the functions that they concern.

    Only events that wait in the outbox count at the time of a look. An event that was withdrawn wakes no function.
    Without ``subscriptions``, no function is woken. ``url_of`` returns the base URL of a function.
    """

    def __init__(
        self, database: Database, subscriptions: Sequence[Subscription], *, url_of: Callable[[str], str], clock: Clock
    ) -> None:
        self._database = database
        self._clock = clock
        self._routes = EventRoutes(subscriptions)
        self._schedule = WakeSchedule({one.function: one.idle_time for one in subscriptions})
        self._requests = WakeRequests(url_of, on_failure=self._schedule.forget)
        self._is_enabled = bool(subscriptions)
        self._last_look = datetime.min.replace(tzinfo=UTC)

    def next_look(self, next_due: datetime, now: datetime) -> datetime:
        """Return when to look next, if the next event is due at ``next_due``; or ``next_due``, if that is earlier."""
        if not self._is_enabled:
            return next_due
        look = max(next_due - WAKE_AHEAD, self._last_look + LOOK_INTERVAL, now)
        return look if look < next_due - QUIET_TIME else next_due

    def wake_for_upcoming(self, next_due: datetime, now: datetime) -> None:
        """Wake the functions that events due within :data:`WAKE_AHEAD` concern, if it is time to look."""
        if not self.next_look(next_due, now) <= now < next_due:
            return
        self._last_look = now
        try:
            kinds = find_upcoming_kinds(self._database, self._routes.attribute_names, now + WAKE_AHEAD)
        except DatabaseUnavailableError:
            return  # the next look finds the events
        for kind in kinds:
            self._wake(self._routes.find_concerned(kind.attributes), kind.due_at, now)

    def wake_for_claimed(self, events: Iterable[Envelope]) -> None:
        """Wake the functions that events concern which are being published, so that their cold starts overlap."""
        if not self._is_enabled:
            return
        now = self._clock()
        for functions in {self._routes.find_concerned(event.text_attributes()) for event in events}:
            self._wake(functions, now, now)

    def _wake(self, functions: Iterable[str], due_at: datetime, now: datetime) -> None:
        for name in self._schedule.choose(functions, due_at=due_at, now=now):
            self._requests.send(name)
