"""Measures subjects side by side: a round of each, then the next round of each, so that noise meets all of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.harness.counting_broker import CountingBroker
from tests.benchmarks.harness.cpu_time import CpuMeter, read_cpu_seconds
from tests.benchmarks.harness.figures import median, percentile
from tests.benchmarks.harness.function_host import HostedFunction
from tests.benchmarks.harness.load import run_load
from tests.benchmarks.harness.workbench import BenchOptions, Workbench

PUBLISH_PATIENCE = 20.0
"""Seconds that a function has to publish the events of a round. Events that are missing then are reported."""

RawRound = dict[str, Any]


@dataclass
class Subject:
    """A function under load. It emits ``published`` events for each request that it accepts."""

    name: str
    function: HostedFunction
    make_request: Callable[[], bytes]
    connections: int = 8
    published: int = 0


def measure_alternately(
    bench: Workbench, subjects: Sequence[Subject], options: BenchOptions, *, warm_up: float = 0.5
) -> dict[str, list[RawRound]]:
    """Return the rounds of each subject. A first, shorter round of each opens connections and is not counted."""
    measured: dict[str, list[RawRound]] = {subject.name: [] for subject in subjects}
    for number in range(options.rounds + 1):
        for subject in subjects:
            found = _measure_round(bench, subject, warm_up if number == 0 else options.seconds)
            if number:
                measured[subject.name].append(found)
    return measured


def _measure_round(bench: Workbench, subject: Subject, seconds: float) -> RawRound:
    """Return one round. Its time ends with the last response or the last published event, whichever is later."""
    function = subject.function
    arrived_before, _ = bench.broker.read()
    meter = CpuMeter(
        {"postgresql": [bench.database_pid], "arbiter": [function.arbiter_pid], "broker": [bench.broker.pid]}
    )
    own_before, began = read_cpu_seconds(function.pid), time.time()
    load = run_load(function.socket, subject.make_request, connections=subject.connections, seconds=seconds)
    expected = load.accepted * subject.published
    arrived, last_at = _wait_for_events(bench.broker, arrived_before, expected)
    own = read_cpu_seconds(function.pid) - own_before
    used = meter.read()
    elapsed = max(load.seconds, last_at - began if arrived else 0.0)
    return {
        "pieces": load.accepted,
        "seconds": elapsed,
        "rejected": load.answered - load.accepted,
        "published": arrived,
        "unpublished": expected - arrived,
        "latency_ms": {share: percentile(load.latencies, int(share[1:]) / 100) * 1e3 for share in ("p50", "p99")},
        "cpu": {"function": own, "arbiter": max(0.0, used["arbiter"] - own), "postgresql": used["postgresql"]},
    }


def _wait_for_events(broker: CountingBroker, before: int, expected: int) -> tuple[int, float]:
    arrived, last_at = broker.wait_for(before + expected, within=PUBLISH_PATIENCE if expected else 0.0)
    return arrived - before, last_at


def rate_of(one: RawRound) -> float:
    """Return the pieces of work in a second of a round."""
    return float(one["pieces"] / one["seconds"])


def cpu_ms_of(one: RawRound, *groups: str) -> float:
    """Return the CPU milliseconds of a piece of work, of some groups of processes or of all."""
    used = sum(seconds for name, seconds in one["cpu"].items() if not groups or name in groups)
    return float(used / one["pieces"] * 1e3) if one["pieces"] else float("nan")


def median_rate(rounds: Sequence[RawRound]) -> float:
    """Return the median rate of some rounds."""
    return median([rate_of(one) for one in rounds])


def median_cpu_ms(rounds: Sequence[RawRound], *groups: str) -> float:
    """Return the median CPU milliseconds of a piece of work."""
    return median([cpu_ms_of(one, *groups) for one in rounds])
