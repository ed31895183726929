"""Places for attempts at one host: fewer than an instance has threads, so that a host that hangs leaves some to others.

A breaker opens only after the first attempts have failed, which takes a host that hangs its whole deadline. Until then
whatever else is to be sent, in the app as well, must find a thread.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

MOST: Final = 4
"""So many at a time, of one instance: half of its threads."""

SLOW: Final = 1.0
"""For so many seconds from the beginning of the oldest attempt the next one waits for a place; then the host hangs."""


class Places:
    """The places of all hosts; ``clock`` returns seconds and never goes back."""

    def __init__(self, *, most: int = MOST, slow: float = SLOW, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._slow = slow
        self._clock = clock
        self._begun: dict[str, list[float]] = {}
        self._given_back = Condition()

    @contextmanager
    def at(self, host: str) -> Iterator[bool]:
        """Hold a place; False where none is left at a host that hangs."""
        began = self._take(host)
        try:
            yield began is not None
        finally:
            if began is not None:
                self._give_back(host, began)

    def _take(self, host: str) -> float | None:
        with self._given_back:
            while len(begun := self._begun.get(host, [])) >= self._most:
                left = begun[0] + self._slow - self._clock()
                if left <= 0:
                    return None
                self._given_back.wait(left)
            began = self._clock()
            self._begun.setdefault(host, []).append(began)
            return began

    def _give_back(self, host: str, began: float) -> None:
        with self._given_back:
            self._begun[host].remove(began)
            if not self._begun[host]:
                del self._begun[host]  # users name hosts without end
            self._given_back.notify_all()
