"""Measures one instance of tasks: creating a task, the same with an Idempotency-Key, and a page of 50 tasks."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from knative.user_token import make_user_token
from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.event_requests import compose_request
from tests.benchmarks.harness.figures import Goal, median_ratio
from tests.benchmarks.harness.load import run_load
from tests.benchmarks.harness.rate_table import BARE, answer_rates
from tests.benchmarks.harness.subject import (
    RawRound,
    Subject,
    measure_alternately,
    median_cpu_ms,
    rate_of,
)
from tests.benchmarks.harness.workbench import BenchOptions, Workbench, open_workbench

POST, POST_WITH_KEY, PAGE = "POST /tasks", "POST /tasks, Idempotency-Key", "GET /tasks, 50 of them"
WRITERS = 50
"""Users that create tasks, in turn."""

PAGE_SIZE = 50

CONDITIONS = """One instance with 8 threads, 8 connections, closed loop over a unix socket, alternating rounds,
medians. A new task has a recurrence and a reminder; 50 users create tasks in turn. A round ends when the last
TaskCreated has reached the Broker. The bare function gets the same requests."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the rounds of each subject."""
    with open_workbench() as bench:
        return {"rounds": measure_alternately(bench, open_subjects(bench), options)}


def open_subjects(bench: Workbench) -> list[Subject]:
    """Start the functions, and return them with their requests."""
    tasks = bench.start_function("tasks")
    reader = authorize(bench, "reader")
    body = json.dumps(draft_task()).encode()
    run_load(tasks.socket, lambda: compose_request("/tasks", reader, body), connections=4, count=PAGE_SIZE)
    page = compose_request(f"/tasks?limit={PAGE_SIZE}", reader, b"", method="GET")
    create = create_requests(bench)
    return [
        Subject(POST, tasks, create, published=1),
        Subject(POST_WITH_KEY, tasks, create_requests(bench, with_key=True), published=1),
        Subject(PAGE, tasks, lambda: page),
        Subject(BARE, bench.start_compared_function("bare"), create),
        Subject("one-row transaction", bench.start_compared_function("one_row"), create),
    ]


def draft_task(**changes: Any) -> dict[str, Any]:
    """Return the body of a request for a daily task with a reminder."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    return {
        "title": "Water the plants",
        "dueAt": due.isoformat(),
        "timeZone": "Europe/Berlin",
        "recurrence": {"rule": "FREQ=DAILY"},
        "reminders": [{"before": "PT30M"}],
        **changes,
    }


def authorize(bench: Workbench, user: str) -> dict[str, str]:
    """Return the headers of a user's JSON request."""
    token = make_user_token(user, key=bench.secrets["frontend-key"], now=datetime.now(UTC))
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def create_requests(bench: Workbench, *, with_key: bool = False) -> Callable[[], bytes]:
    """Return a function that returns requests for new tasks, each of the next user, and each with its own key."""
    body = json.dumps(draft_task()).encode()
    placeholder = str(uuid.UUID(int=0))
    key = {"Idempotency-Key": placeholder} if with_key else {}
    users = [authorize(bench, f"writer-{number}") for number in range(WRITERS)]
    templates = [compose_request("/tasks", {**user, **key}, body) for user in users]
    numbers = count()

    def make_request() -> bytes:
        template = templates[next(numbers) % WRITERS]
        return template.replace(placeholder.encode(), str(uuid.uuid4()).encode()) if with_key else template

    return make_request


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    rounds: dict[str, list[RawRound]] = raw["rounds"]
    rates = {name: [rate_of(one) for one in measured] for name, measured in rounds.items()}
    goals = [Goal(f"{POST}: rate beside the bare function", median_ratio(rates[POST], rates[BARE]), "at least", 0.35)]
    for name, limit in ((POST, 2.0), (POST_WITH_KEY, 2.5), (PAGE, 2.5)):
        used = median_cpu_ms(rounds[name], "function")
        goals.append(Goal(f"{name}: CPU of the function a request", used, "at most", limit, " ms"))
    return answer_rates(
        rounds,
        goals,
        name="tasks",
        title="requests a second and CPU a request",
        piece="request",
        base=BARE,
        conditions=CONDITIONS,
    )
