"""Measures what the laptop's platform itself costs, for an event delivered to a bare function and for a request."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from events.task import TaskCreated
from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.cpu_time import read_cpu_seconds
from tests.benchmarks.harness.event_requests import compose_request, repeat_event
from tests.benchmarks.harness.figures import Goal, median, percentile
from tests.benchmarks.harness.load import run_load
from tests.benchmarks.harness.running_platform import RunningPlatform, run_platform_under_test
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions
from tests.samples import a_task, an_event

FUNCTIONS = Path(__file__).parents[1] / "local_platform.yaml"
EVENT, REQUEST = "event, internal port to one subscriber", "request, public port to the function"
CONNECTIONS = 8

CONDITIONS = """One bare function on the platform of scripts/up, 8 connections, closed loop, alternating rounds,
medians. CPU of the platform is that of its own process. The event is a TaskCreated in binary mode, as functions
publish it."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the rounds of both kinds of work."""
    now = datetime.now(UTC)
    event = repeat_event(an_event(TaskCreated(task=a_task(updated_at=now)), time=now), path="/broker")
    request = compose_request("/bare", {}, b"{}")
    with run_platform_under_test(FUNCTIONS) as platform:
        works = {
            EVENT: (platform.broker_address, event),
            REQUEST: (platform.address, lambda: request),
        }
        found: dict[str, list[dict[str, float]]] = {name: [] for name in works}
        for number in range(options.rounds + 1):
            for name, (address, make_request) in works.items():
                one = measure_round(platform, address, make_request, options.seconds)
                if number:  # the first round starts the function
                    found[name].append(one)
    return {"rounds": found}


def measure_round(
    platform: RunningPlatform, address: tuple[str, int], make_request: Any, seconds: float
) -> dict[str, float]:
    """Return the rate of one round, and the CPU of the platform and of the function."""
    before, function_before = read_cpu_seconds(platform.pid, dead_children=False), read_function(platform)
    load = run_load(address, make_request, connections=CONNECTIONS, seconds=seconds)
    used = read_cpu_seconds(platform.pid, dead_children=False) - before
    return {
        "rate": load.accepted / load.seconds,
        "rejected": load.answered - load.accepted,
        "platform_ms": used / load.answered * 1e3,
        "function_ms": (read_function(platform) - function_before) / load.answered * 1e3,
        "p99_ms": percentile(load.latencies, 0.99) * 1e3,
    }


def read_function(platform: RunningPlatform) -> float:
    """Return the CPU seconds of the function's processes."""
    return sum(read_cpu_seconds(pid) for pids in platform.list_instances().values() for pid in pids[-1:])


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    rounds: dict[str, list[dict[str, float]]] = raw["rounds"]
    keys = ("rate", "platform_ms", "function_ms", "p99_ms")
    rows = [(name, *(median([one[key] for one in found]) for key in keys)) for name, found in rounds.items()]
    rejected = sum(one["rejected"] for found in rounds.values() for one in found)
    used = median([one["platform_ms"] for one in rounds[EVENT]])
    return Answer(
        title="local-platform: CPU of the laptop's platform",
        conditions=CONDITIONS,
        tables=[Table(("", "/s", "platform CPU ms", "function CPU ms", "p99 ms"), rows)],
        goals=[Goal("CPU of the platform a delivery", used, "at most", 0.5, " ms")],
        notes=[f"{rejected:.0f} were rejected"] if rejected else [],
    )
