"""Measures the whole chain through the platform of scripts/up, beside job queues: rate, and CPU of all processes."""

import json
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.event_requests import compose_request
from tests.benchmarks.harness.figures import Goal, median, percentile, ratio
from tests.benchmarks.harness.load import run_load
from tests.benchmarks.harness.peer_environment import install_peers
from tests.benchmarks.harness.peer_process import PEERS, measure_peer
from tests.benchmarks.harness.plot import draw_bars
from tests.benchmarks.harness.running_platform import PlatformCpu, RunningPlatform, run_platform_under_test
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions
from tests.benchmarks.questions.tasks import draft_task

USERS, CONNECTIONS = 50, 8
ROUNDS = 2
"""Rounds at most, as each starts a server for each peer."""

EVENTS_OF_A_TASK = 2
"""TaskCreated and ReminderScheduled are audited."""

PIECES_OF_A_TASK = 3
"""Events handled by a reaction, each once and in a transaction: TaskCreated by two, ReminderScheduled by one."""

DRAIN_SECONDS = 20.0
"""Seconds that a round waits for the last entry in the audit log. What is missing then is reported."""

OURS = "this system"
CONDITIONS = """POST /tasks with a reminder through the public port of scripts/up, 8 connections, closed loop, 50
users. A task is finished when its TaskCreated and its ReminderScheduled are in the audit log. CPU is that of all
processes of the system, PostgreSQL included, without the client. The peers run on a PostgreSQL of the same
settings, each with one row inserted by a job, enqueued by 8 producers, one by one or in batches; their CPU is that
of producer, worker and server. A piece of work is a job; here it is an event handled by a reaction in a transaction
(3 a task), and the request, its token and its task are part of the CPU."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the rounds of the system and of each peer, in turn."""
    python, reason = install_peers()
    peers: dict[str, list[dict[str, Any]]] = {name: [] for name in PEERS}
    ours = []
    with run_platform_under_test() as platform:
        make_request = create_requests(platform)
        measure_round(platform, make_request, 1.0)  # starts the functions
        for _ in range(min(options.rounds, ROUNDS)):
            ours.append(measure_round(platform, make_request, 2 * options.seconds))
            for name, rounds in peers.items():
                rounds.append(measure_peer(name, python) if python else {"skipped": reason})
    return {"ours": ours, "peers": peers}


def create_requests(platform: RunningPlatform) -> Any:
    """Return a function that returns requests for new tasks with a reminder, each of the next user."""
    draft = draft_task()
    del draft["recurrence"]
    body = json.dumps(draft).encode()
    tokens = [platform.system.token(f"user-{number}") for number in range(USERS)]
    headers = [{"Authorization": f"Bearer {token}", "Content-Type": "application/json"} for token in tokens]
    templates = [compose_request("/tasks", each, body) for each in headers]
    numbers = count()
    return lambda: templates[next(numbers) % USERS]


def measure_round(platform: RunningPlatform, make_request: Any, seconds: float) -> dict[str, Any]:
    """Create tasks for some seconds, and wait until all of them are audited."""
    before, began = platform.count_audited(), time.monotonic()
    cpu = PlatformCpu(platform)
    load = run_load(platform.address, make_request, connections=CONNECTIONS, seconds=seconds)
    expected = before + EVENTS_OF_A_TASK * load.accepted
    deadline = time.monotonic() + DRAIN_SECONDS
    while (audited := platform.count_audited()) < expected and time.monotonic() < deadline:
        time.sleep(0.05)
    elapsed = time.monotonic() - began
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "pieces": load.accepted - (expected - audited) / EVENTS_OF_A_TASK,
        "missing": expected - audited,
        "rejected": load.answered - load.accepted,
        "created_rate": load.accepted / load.seconds,
        "p99_ms": percentile(load.latencies, 0.99) * 1e3,
        "seconds": elapsed,
        "cpu": cpu.close(),
    }


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    ours = raw["ours"]
    rate = median([one["pieces"] / one["seconds"] for one in ours])
    total = median([sum(one["cpu"].values()) / one["pieces"] * 1e3 for one in ours])
    own = ratio(PIECES_OF_A_TASK * 1e3, total)
    peers = {name: rounds for name, rounds in raw["peers"].items() if all("skipped" not in one for one in rounds)}
    skipped = [f"{name} is skipped: {found[0]['skipped']}" for name, found in raw["peers"].items() if name not in peers]
    per_cpu = {name: median([one["pieces"] / one["cpu_seconds"] for one in found]) for name, found in peers.items()}
    goals = [
        Goal("tasks a second, created until audited", rate, "at least", 300, "/s"),
        Goal("CPU a task, all processes", total, "at most", 6, " ms"),
    ]
    for name, share in (("procrastinate", 1.0), ("dbos", 1.0), ("pgqueuer", 0.5), ("pgqueuer, enqueued by 100", 0.5)):
        beside = ratio(own, per_cpu.get(name, float("nan")))
        goals.append(Goal(f"pieces a CPU second beside {name}", beside, "at least", share))
    missing = sum(one["missing"] for one in ours)
    return Answer(
        title="chain: tasks a second until audited, and CPU of all processes",
        conditions=CONDITIONS,
        tables=[_kinds_table(ours, rate, total), _peers_table(peers, own, rate)],
        goals=goals,
        notes=[*skipped, *([f"{missing} events were not audited {DRAIN_SECONDS:.0f} s later"] if missing else [])],
        plots={"chain": draw_bars("Pieces of work a CPU second", {OURS: own, **per_cpu}, unit="")},
    )


def _kinds_table(ours: list[dict[str, Any]], rate: float, total: float) -> Table:
    kinds = sorted({kind for one in ours for kind in one["cpu"]})
    used = {kind: median([one["cpu"].get(kind, 0.0) / one["pieces"] * 1e3 for one in ours]) for kind in kinds}
    ordered = sorted(used.items(), key=lambda entry: -entry[1])
    rows: list[tuple[object, ...]] = [("tasks a second, created until audited", rate, "")]
    rows.append(("tasks a second, created", median([one["created_rate"] for one in ours]), ""))
    rows.append(("CPU a task, all processes", total, "100%"))
    rows += [(kind, value, f"{ratio(value, total):.0%}") for kind, value in ordered if value >= 0.005]
    return Table(("this system", "/s or ms", "share"), rows)


def _peers_table(peers: dict[str, list[dict[str, Any]]], own: float, rate: float) -> Table:
    rows: list[tuple[object, ...]] = [(OURS, PIECES_OF_A_TASK * rate, ratio(1e3, own), own, 1, "exactly one effect")]
    for name, found in peers.items():
        per_cpu = median([one["pieces"] / one["cpu_seconds"] for one in found])
        jobs = median([one["pieces"] / one["seconds"] for one in found])
        rows.append((name, jobs, ratio(1e3, per_cpu), per_cpu, ratio(own, per_cpu), found[0]["guarantee"]))
    return Table(("system", "pieces/s", "CPU ms a piece", "a CPU s", "ours beside it", "guarantee"), rows)
