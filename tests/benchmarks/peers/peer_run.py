"""What every peer needs: its options, the signal to begin, and the report of its result."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EFFECT = "INSERT INTO effects (job) VALUES ({}) ON CONFLICT DO NOTHING"
"""The effect of a job: one row, and none if the job runs again. So each peer has exactly one effect of each job."""

CONCURRENCY = 8
"""Producers and jobs at the same time, like the connections and the threads of the system."""


@dataclass(frozen=True, slots=True)
class PeerRun:
    """``user``, ``password``, ``database`` and ``sockets`` (a folder) of PostgreSQL, and the number of jobs."""

    user: str
    password: str
    database: str
    sockets: str
    jobs: int
    redis: str
    batch: int = 1
    """Jobs that a producer enqueues at once."""
    pause: float = 0.0
    """Seconds between two jobs, each of which is waited for. Without a pause, producers do not wait."""

    def url(self, scheme: str = "postgresql") -> str:
        """Return the URL of the database. Its password needs no quoting."""
        return f"{scheme}://{self.user}:{self.password}@/{self.database}?host={self.sockets}"


def read_run() -> PeerRun:
    """Return the options of this process."""
    return PeerRun(**json.loads(sys.argv[1]))


def wait_for_begin() -> None:
    """Report that everything is set up, and return when the measurement begins."""
    print("ready", flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.readline()


def report_end(began: float, latencies: Sequence[float] = ()) -> None:
    """Report the time since ``began``, and wait until the parent has read the CPU time of this process.

    ``latencies`` are the seconds from the request for a job to the end of its work.
    """
    print(json.dumps({"seconds": time.monotonic() - began, "latencies": latencies}), flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.readline()


def wait_until(is_done: Callable[[], bool], *, pause: float = 0.05) -> None:
    """Return when ``is_done`` returns True."""
    while not is_done():
        time.sleep(pause)
