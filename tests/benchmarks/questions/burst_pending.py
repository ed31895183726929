"""Measures whether reminders that wait slow a burst down: one among none, and one among many."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.burst_run import FULL_PATIENCE, run_burst
from tests.benchmarks.harness.due_reminders import store_due_reminders
from tests.benchmarks.harness.figures import Goal, ratio
from tests.benchmarks.harness.running_platform import run_platform_under_test
from tests.benchmarks.harness.table import format_number
from tests.benchmarks.harness.workbench import BenchOptions
from tests.benchmarks.questions.burst import burst_notes, burst_plots, burst_rate, burst_table

COUNT, PENDING = 600, 100_000
FULL_COUNT, FULL_PENDING = 10_000, 1_000_000
PATIENCE = 40.0
ALONE, AMONG, WAITING = 2, 3, 4
"""Kinds of reminders."""

CONDITIONS = f"""Two bursts, each on a new platform, as in the question burst: the first among no other reminders,
the second among many that are due in the next year. {COUNT:,} among {PENDING:,} by default, stopped {PATIENCE:.0f}
s after the due time; {FULL_COUNT:,} among {FULL_PENDING:,} with --full."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return both bursts."""
    count, pending = (FULL_COUNT, FULL_PENDING) if options.full else (COUNT, PENDING)
    patience = FULL_PATIENCE if options.full else PATIENCE
    with run_platform_under_test() as platform:
        alone = run_burst(platform, ALONE, count, patience=patience)
    with run_platform_under_test() as platform:
        later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
        store_due_reminders(platform.query, WAITING, pending, later, interval="1 s")
        platform.query("VACUUM ANALYZE delivery.outbox")
        among = run_burst(platform, AMONG, count, patience=patience)
    return {"pending": pending, "alone": alone, "among": among}


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    pending = f"among {format_number(raw['pending'])} pending"
    bursts = {"alone": raw["alone"], pending: raw["among"]}
    beside = ratio(burst_rate(raw["among"]), burst_rate(raw["alone"]))
    return Answer(
        title=f"burst-pending: a burst {pending} reminders",
        conditions=CONDITIONS,
        tables=[burst_table(bursts)],
        goals=[
            Goal(f"rate {pending} beside the rate alone", beside, "at least", 0.8),
            Goal("early deliveries", raw["among"]["early"] + raw["alone"]["early"], "at most", 0),
        ],
        notes=burst_notes(bursts),
        plots=burst_plots("burst-pending", raw["among"]),
    )
