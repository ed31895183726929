"""A time limit for an operation that takes many steps."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")

CHANNEL_SECONDS: Final = 10.0
"""Seconds a channel may take for one attempt: name resolution, connection, request and response together."""


class Deadline:
    """A time limit that starts when it is created.

    ``clock`` returns seconds and never goes back.
    """

    def __init__(self, seconds: float = CHANNEL_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds until the deadline; raise TimeoutError after it."""
        remaining = self._end - self._clock()
        if remaining <= 0:
            raise TimeoutError
        return remaining


def run_within(deadline: Deadline, function: Callable[[], T]) -> T:
    """Return the result of a function that has no time limit itself.

    The function runs in a thread. If it takes too long, TimeoutError is raised and the thread is abandoned. An
    exception of the function is raised here.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(function())
        except Exception as error:  # noqa: BLE001 - raised again in the waiting thread
            result.set_exception(error)

    Thread(target=run, name="run-within", daemon=True).start()
    return result.result(deadline.remaining())
