"""How much time is left for something that takes many steps."""

import time
from collections.abc import Callable
from typing import Final

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
