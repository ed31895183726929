"""How much time is left for something that takes many steps."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")

SECONDS: Final = 10.0
"""How long a channel may take for all of an attempt: looking up, connecting, sending, and the answer."""


class Deadline:
    """Starts when it is made; ``clock`` returns seconds and never goes back."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return the seconds that are left, more than none; raises TimeoutError where there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


def in_time(ask: Callable[[], T], deadline: Deadline) -> T:
    """Return the answer of what knows no deadline itself; it is left behind in a thread when it takes too long."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            answer.set_exception(error)

    Thread(target=run, name="in-time", daemon=True).start()
    return answer.result(deadline.left())
