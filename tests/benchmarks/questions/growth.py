"""Measures lists and searches among few and among many tasks: first page and deep page, one user and a user of many."""

from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.event_requests import compose_request
from tests.benchmarks.harness.figures import Goal, median, median_ratio, percentile
from tests.benchmarks.harness.function_host import HostedFunction
from tests.benchmarks.harness.load import run_load
from tests.benchmarks.harness.stored_tasks import BIG_USER, COMMON_WORD, RARE_WORD, USER, store_tasks
from tests.benchmarks.harness.table import Table, format_number
from tests.benchmarks.harness.unix_client import UnixClient
from tests.benchmarks.harness.workbench import BenchOptions, Workbench, open_workbench
from tests.benchmarks.questions.tasks import authorize

FEW = {"count": 1000, "users": 9, "of_big_user": 500}
MANY = {"count": 200_000, "users": 2000, "of_big_user": 20_000}
ALL = {"count": 1_000_000, "users": 10_000, "of_big_user": 20_000}
"""With --full."""

REQUESTS = 100
"""Requests of a round for each kind of page."""

SHARES = (0.5, 0.99)
PAGE = 20

Round = list[float]
"""The percentiles of :data:`SHARES`."""

CONDITIONS = f"""Two databases of one server, each with an instance of tasks: {FEW["count"]:,} tasks of {
    FEW["users"] + 1
} users, one with {FEW["of_big_user"]}; and {MANY["count"]:,} tasks of {MANY["users"]:,} users, one
with {MANY["of_big_user"]:,} (with --full {ALL["count"]:,} of {ALL["users"]:,}). Pages of {PAGE}, one connection,
alternating rounds; medians of the p50 and the p99 of a round of {REQUESTS} requests. The deep page is in the middle
of the user's tasks, in the order of creation. A rare word is in every 100th task of a user, a common one in each."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return p50 and p99 of each round in milliseconds, by database and kind of page."""
    many = ALL if options.full else MANY
    with open_workbench() as bench:
        bench.copy_database("few")
        store_tasks(bench.run_sql, **many)
        store_tasks(lambda statement, **values: bench.run_sql(statement, database="few", **values), **FEW)
        bench.run_sql("CHECKPOINT")
        variables = {"many": {}, "few": bench.variables_for("tasks", "few")}
        functions = {size: bench.start_function("tasks", **each) for size, each in variables.items()}
        pages = {size: describe_pages(bench, function) for size, function in functions.items()}
        found: dict[str, dict[str, list[Round]]] = {size: {name: [] for name in pages[size]} for size in functions}
        for number in range(options.rounds + 1):
            for name in pages["many"]:
                for size, function in functions.items():
                    request = pages[size][name]
                    load = run_load(function.socket, lambda sent=request: sent, connections=1, count=REQUESTS)  # type: ignore[misc] # a lambda's default
                    assert load.accepted == REQUESTS, load.statuses
                    if number:
                        found[size][name].append([percentile(load.latencies, share) * 1e3 for share in SHARES])
    return {"sizes": {"few": FEW, "many": many}, "rounds": found}


def describe_pages(bench: Workbench, function: HostedFunction) -> dict[str, bytes]:
    """Return a request for each kind of page."""
    found = {}
    for user, name in ((USER, "a user"), (BIG_USER, "the big user")):
        headers = authorize(bench, user)
        targets = {
            "first page": f"/tasks?limit={PAGE}",
            "deep page": f"/tasks?limit={PAGE}&cursor={find_middle(function, headers)}",
            "by due date": f"/tasks?limit={PAGE}&sort=due",
            "search, rare word": f"/tasks?limit={PAGE}&q={RARE_WORD}",
            "search, common word": f"/tasks?limit={PAGE}&q={COMMON_WORD}",
        }
        for kind, target in targets.items():
            found[f"{name}: {kind}"] = compose_request(target, headers, b"", method="GET")
    return found


def find_middle(function: HostedFunction, headers: dict[str, str]) -> str:
    """Return the cursor in the middle of a user's tasks, found by reading all pages of 200."""
    client = UnixClient(function.socket)
    page = client.read_json("/tasks?limit=20", headers)
    cursors = [page["next"]]
    while page["next"]:
        page = client.read_json(f"/tasks?limit=200&cursor={page['next']}", headers)
        cursors.append(page["next"])
    client.close()
    return str(cursors[(len(cursors) - 1) // 2])


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    few, many = raw["rounds"]["few"], raw["rounds"]["many"]
    size = format_number(raw["sizes"]["many"]["count"])
    rows, goals = [], []
    for name in many:
        row: list[object] = [name]
        for place in range(len(SHARES)):
            before, after = ([one[place] for one in found[name]] for found in (few, many))
            row += [median(before), median(after), median_ratio(after, before)]
        rows.append(row)
        goals.append(Goal(f"{name}: p99 beside few tasks", median_ratio(after, before), "at most", 1.5))
    columns = ("page", "p50 few", "p50 many ms", "ratio", "p99 few", "p99 many ms", "ratio")
    return Answer(f"growth: pages among {size} tasks", CONDITIONS, [Table(columns, rows)], goals)
