"""Publishing side by side: one event that a broker takes long over does not hold up the others."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Envelope
from functions.chassis.runtime.clock import Clock
from functions.chassis.telemetry.logs import get_logger

LANES: Final = 32
"""How many events are published at once. They wait for a broker nearly all of the time."""

PATIENCE: Final = timedelta(seconds=10)
"""How long a claimed event may wait for a lane; with the publisher's own deadlines this stays below the lease."""

log = get_logger(__name__)


class Lanes:
    """Up to :data:`LANES` events on their way, and as many waiting behind them.

    ``send`` publishes one and tells whether it is out; ``give_back`` takes one that was not tried, because it waited
    too long or the process is ``stopping``. ``changed`` is called when there is room again, when the last one is
    done, and when one failed, as its row then has another moment.
    """

    def __init__(
        self,
        *,
        send: Callable[[Envelope], bool],
        give_back: Callable[[Envelope], None],
        changed: Callable[[], None],
        stopping: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._send = send
        self._give_back = give_back
        self._changed = changed
        self._stopping = stopping
        self._clock = clock
        self._threads = ThreadPoolExecutor(LANES, thread_name_prefix="lane")
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def room(self) -> int:
        """How many events to claim now: many at a time, and none while most are still on their way."""
        return 2 * LANES - self._taken if self._taken <= LANES else 0

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return self._taken == 0

    def take(self, events: Iterable[Envelope]) -> None:
        """Publish events that were claimed just now; returns at once."""
        claimed_at = self._clock()
        for event in events:
            with self._lock:
                self._taken += 1
            self._threads.submit(self._carry, event, claimed_at + PATIENCE)

    def _carry(self, event: Envelope, until: datetime) -> None:
        out = False
        try:
            if self._stopping() or self._clock() > until:
                self._give_back(event)
            else:
                out = self._send(event)
        except Exception:
            log.exception("publishing failed; the event's lease runs out and it is tried again")
        finally:
            with self._lock:
                self._taken -= 1
                noteworthy = not out or self._taken in {0, LANES}
            if noteworthy:
                self._changed()
