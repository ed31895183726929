"""Measures how fast the audit log takes events of many connections, beside a one-row transaction."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.figures import Goal, median_ratio
from tests.benchmarks.harness.rate_table import answer_rates
from tests.benchmarks.harness.subject import (
    RawRound,
    Subject,
    measure_alternately,
    median_cpu_ms,
    median_rate,
    rate_of,
)
from tests.benchmarks.harness.workbench import BenchOptions, Workbench, open_workbench
from tests.benchmarks.questions.reactions import scheduled_task_event

CONNECTIONS, THREADS = 32, 32
OURS, BASE = "append-audit", "one-row transaction"

CONDITIONS = """32 connections, closed loop over a unix socket, alternating rounds, medians. Without a number, a
function has the threads of the list of functions, or 8."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the rounds of each subject."""
    with open_workbench() as bench:
        return {"rounds": measure_alternately(bench, open_subjects(bench), options)}


def open_subjects(bench: Workbench) -> list[Subject]:
    """Start the functions, and return them with their requests."""
    functions = {
        f"{OURS}": bench.start_function("append-audit"),
        f"{OURS}, {THREADS} threads": bench.start_function("append-audit", THREADS=str(THREADS)),
        f"{BASE}": bench.start_compared_function("one_row"),
        f"{BASE}, {THREADS} threads": bench.start_compared_function("one_row", threads=THREADS),
    }
    event = scheduled_task_event(datetime.now(UTC) + timedelta(days=2))
    return [Subject(name, function, event, connections=CONNECTIONS) for name, function in functions.items()]


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer. The ratio refers to the faster of the two one-row functions."""
    rounds: dict[str, list[RawRound]] = raw["rounds"]
    base = max((name for name in rounds if name.startswith(BASE)), key=lambda name: median_rate(rounds[name]))
    rates = {name: [rate_of(one) for one in measured] for name, measured in rounds.items()}
    goals = [
        Goal("rate beside the one-row transaction", median_ratio(rates[OURS], rates[base]), "at least", 1.5),
        Goal("rate", median_rate(rounds[OURS]), "at least", 1200, "/s"),
        Goal("CPU of the function an event", median_cpu_ms(rounds[OURS], "function"), "at most", 0.6, " ms"),
    ]
    conditions = f"{CONDITIONS} The ratio refers to: {base}."
    return answer_rates(
        rounds,
        goals,
        name="audit",
        title="entries a second and CPU an entry",
        piece="event",
        base=base,
        conditions=conditions,
    )
