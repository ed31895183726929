"""Measures reminders that find every function asleep: how late they are when all functions have to start."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.commit_times import CommitTimes
from tests.benchmarks.harness.figures import Goal, percentile
from tests.benchmarks.harness.running_platform import RunningPlatform, run_platform_under_test
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions
from tests.benchmarks.questions.single import post_reminder

REMINDERS, FULL_REMINDERS = 3, 20
AHEAD = 27.0
"""Seconds from the request for a reminder to its moment. Functions sleep after 10 to 15 s without work."""

PATIENCE = 30.0

CONDITIONS = f"""In-app reminders on the platform of scripts/up, one by one, each due {AHEAD:.0f} s after its
request, so that all functions fall asleep before: {REMINDERS} of them, with --full {FULL_REMINDERS}. The last
functions that run a few seconds before the moment are reported. A moment is the one at which another connection to
the database knows of the delivery. The goals are those of the cluster, where a start takes longer than a fork does
here; the cluster itself is measured by the modules in the folder cluster."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return how late each reminder was in seconds, and the functions that were awake five seconds before."""
    late, awake = [], []
    with run_platform_under_test() as platform:
        times = CommitTimes(platform.engine_url)
        times.watch("notifications.notifications", "NEW.delivered_at IS NOT NULL", "NEW.reminder_id::text")
        for _ in range(FULL_REMINDERS if options.full else REMINDERS):
            one, functions = measure_reminder(platform, times)
            late.append(one)
            awake.append(functions)
        times.close()
    return {"late": late, "awake": awake}


def measure_reminder(platform: RunningPlatform, times: CommitTimes) -> tuple[float | None, list[str]]:
    """Return how late one reminder was, or None if it was not delivered, and the functions that were awake before."""
    moment = datetime.now(UTC) + timedelta(seconds=AHEAD)
    reminder = post_reminder(platform, moment)
    time.sleep(max(0.0, moment.timestamp() - time.time() - 5.0))
    functions = sorted(platform.list_instances())
    seen = times.wait_for(reminder, within=PATIENCE + 5.0)
    return None if seen is None else seen - moment.timestamp(), functions


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    late = [PATIENCE if one is None else one for one in raw["late"]]
    awake = sorted({name for names in raw["awake"] for name in names})
    row = (len(late), *(percentile(late, share) for share in (0.5, 0.99)), sum(one < 0 for one in late))
    return Answer(
        title="from-zero: reminders that find everything asleep",
        conditions=CONDITIONS,
        tables=[Table(("reminders", "p50 late s", "p99 late s", "early"), [row])],
        goals=[
            Goal("p50 late", row[1], "at most", 0.3, " s"),
            Goal("p99 late", row[2], "at most", 1.0, " s"),
            Goal("early reminders", row[3], "at most", 0),
        ],
        notes=[f"awake five seconds before: {', '.join(awake) or 'no function'}"],
    )
