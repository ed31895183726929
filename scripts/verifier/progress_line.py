"""Shows the progress of a verification on stderr."""

import sys
import time

TERMINAL_INTERVAL, FILE_INTERVAL = 0.2, 5.0
"""Seconds between two reports: on a terminal in one line that is overwritten, in a file as separate lines."""


class ProgressLine:
    """Prints lines such as ``1,200 of 4,800 entries, 200 a second``."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._interval = TERMINAL_INTERVAL if self._is_terminal else FILE_INTERVAL
        self._began = self._printed = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Print the progress if the interval has passed since the last line."""
        now = time.monotonic()
        if now - self._printed < self._interval:
            return
        self._printed = now
        rate = done / (now - self._began)
        line = f"{done:,} of {total:,} entries, {rate:,.0f} a second"
        if self._is_terminal:
            print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line on a terminal."""
        if self._is_terminal and self._printed > self._began:
            print(file=sys.stderr)
