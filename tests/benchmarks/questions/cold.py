"""Measures cold starts, and the memory of an idle worker, beside bare functions on functions-framework."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from events.encoding import encode_event
from events.task import TaskCreated
from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.cold_process import measure_cold_start
from tests.benchmarks.harness.figures import Goal, median, median_ratio, ratio
from tests.benchmarks.harness.plot import draw_bars
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions, Workbench, open_workbench
from tests.benchmarks.questions.tasks import authorize
from tests.samples import a_task, an_event

HELLO, HELLO_ROW = "hello", "hello, one row on pg8000"
REACTION, TASKS = "schedule-reminders", "tasks"

CONDITIONS = """A new process of the command functions-framework, as in the container image, with compiled bytecode,
on a TCP port; alternating rounds, medians. The clock runs from the start of the process to the first successful
response: 202 for an event, 200 for GET /tasks and for hello, each with its first connection to PostgreSQL. CPU is
that of the arbiter and the worker. Memory is the worker's, half a second later: RSS, and PSS, which shares pages
with the arbiter."""

MORE_ROUNDS = 2
"""Rounds in addition, because a start is short and varies much."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the starts of each function. The first of each compiles bytecode and is not counted."""
    with open_workbench() as bench:
        starts = describe_starts(bench)
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in starts}
        for number in range(options.rounds + MORE_ROUNDS + 1):
            for name, start in starts.items():
                one = start()
                if number:
                    found[name].append(one)
    return {"starts": found}


def describe_starts(bench: Workbench) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return for each function how it is started once, with its first request."""

    def compared(target: str) -> Callable[[], dict[str, Any]]:
        variables = bench.compared_environment(target, threads=8)
        return lambda: measure_cold_start(
            variables, method="GET", path="/", headers={}, body=b"", log=bench.folder / f"{target}.log"
        )

    def react() -> dict[str, Any]:
        now = datetime.now(UTC)
        task = a_task(due_at=now + timedelta(days=2), created_at=now, updated_at=now)
        headers, body = encode_event(an_event(TaskCreated(task=task), time=now)).encode_binary()
        log = bench.folder / "reaction.log"
        variables = bench.function_environment(REACTION)
        return measure_cold_start(variables, method="POST", path="/", headers=headers, body=body, log=log)

    def list_tasks() -> dict[str, Any]:
        log = bench.folder / "tasks.log"
        variables, headers = bench.function_environment(TASKS), authorize(bench, "alice")
        return measure_cold_start(variables, method="GET", path="/tasks", headers=headers, body=b"", log=log)

    return {HELLO: compared("hello"), HELLO_ROW: compared("hello_row"), REACTION: react, TASKS: list_tasks}


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    starts: dict[str, list[dict[str, float]]] = raw["starts"]
    times = {name: [one["ms"] for one in found] for name, found in starts.items()}
    memory = {name: median([one["rss"] for one in found]) for name, found in starts.items()}
    rows = [
        (
            name,
            median(times[name]),
            median_ratio(times[name], times[HELLO]),
            *(median([one[key] for one in found]) for key in ("cpu_ms", "rss", "pss")),
            ratio(memory[name], memory[HELLO_ROW]),
        )
        for name, found in starts.items()
    ]
    columns = ("function", "first response ms", "of hello", "CPU ms", "RSS MB", "PSS MB", "of hello with a row")
    return Answer(
        title="cold: start of a process, and memory of an idle worker",
        conditions=CONDITIONS,
        tables=[Table(columns, rows)],
        goals=[
            Goal("reaction beside hello", median_ratio(times[REACTION], times[HELLO]), "at most", 1.6),
            Goal("tasks beside hello", median_ratio(times[TASKS], times[HELLO]), "at most", 2.2),
            Goal("memory beside hello with a row (RSS)", ratio(memory[REACTION], memory[HELLO_ROW]), "at most", 1.3),
        ],
        plots={"cold": draw_bars("First response", {k: median(v) for k, v in times.items()}, unit="ms")},
    )
