"""Limits how many attempts an instance makes at one host at a time, so that a slow host does not take every thread.

A circuit breaker opens only after attempts have failed, and each attempt at a host that hangs takes ten seconds. Until
then other notifications must find a free thread.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition
from typing import Final

PATIENCE_SECONDS: Final = 1.0
"""Seconds after the start of the oldest attempt during which the next one waits for a slot. Then the host counts as
hanging."""


class HostSlots:
    """The slots of all hosts, ``limit`` for each. ``clock`` returns seconds and never goes back."""

    def __init__(
        self, limit: int, *, patience: float = PATIENCE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._patience = patience
        self._clock = clock
        self._starts: dict[str, list[float]] = {}  # of the attempts in progress, by host
        self._released = Condition()

    @contextmanager
    def hold(self, host: str) -> Iterator[bool]:
        """Hold a slot of a host; yields False, without a slot, if all are taken and the host hangs."""
        start = self._acquire(host)
        try:
            yield start is not None
        finally:
            if start is not None:
                self._release(host, start)

    def _acquire(self, host: str) -> float | None:
        with self._released:
            while len(starts := self._starts.get(host, [])) >= self.limit:
                remaining = starts[0] + self._patience - self._clock()
                if remaining <= 0:
                    return None
                self._released.wait(remaining)
            start = self._clock()
            self._starts.setdefault(host, []).append(start)
            return start

    def _release(self, host: str, start: float) -> None:
        with self._released:
            self._starts[host].remove(start)
            if not self._starts[host]:
                del self._starts[host]  # users may name any number of hosts
            self._released.notify_all()


@cache
def slots_for(threads: int) -> HostSlots:
    """Return the slots of this process: half of its number of threads for each host."""
    return HostSlots(max(1, threads // 2))
