"""One burst: many reminders that are due at the same moment, watched second by second until all are settled."""

import os
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from tests.benchmarks.harness.due_reminders import store_due_reminders
from tests.benchmarks.harness.event_requests import numbered_id
from tests.benchmarks.harness.figures import percentile
from tests.benchmarks.harness.machine_cpu import read_idle_seconds
from tests.benchmarks.harness.running_platform import PlatformCpu, RunningPlatform

PATIENCE: Final = 75.0
"""Seconds after the due time at which a burst is stopped, unless the full size is asked for."""

RESTING: Final = 0.5
"""Cores that all processes of the system use together in a second. Below, the system counts as resting."""

FULL_PATIENCE: Final = 900.0

IDLE_CORE: Final = 0.95
"""Core-seconds of a second without work. From here on, a core counts as idle in that second."""


def run_burst(platform: RunningPlatform, kind: int, count: int, *, patience: float) -> dict[str, Any]:
    """Store reminders that are due in some seconds, wait, and return what happened, with a sample a second."""
    due_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4 + count / 3000)
    audited = platform.count_audited()
    store_due_reminders(platform.query, kind, count, due_at)
    platform.query("ANALYZE delivery.outbox")
    wake_relay(platform)
    time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds() - 1.0))
    cpu = PlatformCpu(platform)
    samples = list(_watch(platform, kind, count, due_at, cpu=cpu, patience=patience))
    used = cpu.close()
    delays = _read_delays(platform, kind, due_at)
    return {
        "count": count,
        "settled": samples[-1]["settled"],
        "seconds": samples[-1]["at"],
        "audited": platform.count_audited() - audited,
        "delivered": len(delays),
        "early": sum(delay < 0 for delay in delays),
        "late_s": {"p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99), "last": max(delays, default=0.0)},
        "cpu": used,
        "cores": len(os.sched_getaffinity(0)),
        "samples": samples,
    }


def wake_relay(platform: RunningPlatform) -> None:
    """Create a reminder that is due in a second, so that the relay knows what is due next."""
    remind_at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    response = platform.system.call("POST", "/reminders/schedule", {"title": "Wake up", "at": remind_at}, user="waker")
    assert response.status < 300, response.text


def _watch(
    platform: RunningPlatform, kind: int, count: int, due_at: datetime, *, cpu: PlatformCpu, patience: float
) -> Any:
    """Yield a sample a second, from just before the due time until everything is settled and published."""
    idle_before, used_before, began = read_idle_seconds(), cpu.read(), time.monotonic()
    while True:
        time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        elapsed, began = time.monotonic() - began, time.monotonic()
        idle, used = read_idle_seconds(), cpu.read()
        left, settled = count_left(platform, kind)
        yield {
            "at": (datetime.now(UTC) - due_at).total_seconds(),
            "idle": (idle - idle_before) / elapsed,
            "cpu": {name: max(0.0, seconds - used_before.get(name, 0.0)) / elapsed for name, seconds in used.items()},
            "due": left,
            "settled": settled,
        }
        idle_before, used_before = idle, used
        if (settled >= count and not left) or (datetime.now(UTC) - due_at).total_seconds() > patience:
            return


def count_left(platform: RunningPlatform, kind: int) -> tuple[int, int]:
    """Return the number of due events in the outbox, and of settled reminders of this kind."""
    due = platform.scalar("SELECT count(*) FROM delivery.outbox WHERE due_at <= now()")
    settled = platform.scalar(
        "SELECT count(*) FROM reminders.reminders WHERE status = 'delivered' AND id BETWEEN :low AND :high",
        low=numbered_id(kind, 0),
        high=numbered_id(kind, 2**48 - 1),
    )
    return int(due), int(settled)


def count_idle_seconds(samples: list[dict[str, Any]]) -> int:
    """Return the seconds in which a core was idle although an event was due at the begin and at the end."""
    return sum(before["due"] > 0 and one["due"] > 0 and one["idle"] >= IDLE_CORE for before, one in pairwise(samples))


def count_resting_seconds(samples: list[dict[str, Any]]) -> int:
    """Return the seconds in which the system used little CPU although an event was due. Other work may cause it."""
    return sum(
        before["due"] > 0 and one["due"] > 0 and sum(one["cpu"].values()) < RESTING for before, one in pairwise(samples)
    )


def measure_foreign_cores(raw: dict[str, Any]) -> float:
    """Return the cores that other work used during a burst, on average; the sampling of this process is part of it."""
    free = [raw["cores"] - one["idle"] - sum(one["cpu"].values()) for one in raw["samples"][1:]]
    return max(0.0, sum(free) / len(free)) if free else 0.0


def _read_delays(platform: RunningPlatform, kind: int, due_at: datetime) -> list[float]:
    rows = platform.query(
        "SELECT delivered_at FROM notifications.notifications WHERE delivered_at IS NOT NULL"
        " AND reminder_id BETWEEN :low AND :high",
        low=numbered_id(kind, 0),
        high=numbered_id(kind, 2**48 - 1),
    )
    return [(row[0] - due_at).total_seconds() for row in rows]
