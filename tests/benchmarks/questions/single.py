"""Measures one reminder at a time on an idle system that is awake, and the time from a request to the audit log."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.commit_times import CommitTimes
from tests.benchmarks.harness.figures import Goal, percentile
from tests.benchmarks.harness.peer_environment import install_peers
from tests.benchmarks.harness.peer_process import measure_peer
from tests.benchmarks.harness.running_platform import RunningPlatform, run_platform_under_test
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions

REMINDERS, TASKS = 40, 40
INTERVAL, FIRST = 1.037, 5.0
"""Seconds between two reminders, so that each falls on another part of a second; and until the first of them."""

PATIENCE = 15.0
PEER = "pgqueuer"

CONDITIONS = f"""{REMINDERS} in-app reminders, one every {INTERVAL} s, on the platform of scripts/up with all
functions awake; then {TASKS} tasks, one after another. A moment is the one at which another connection to the
database knows of the commit (a trigger with NOTIFY, which is part of the cost): the delivered notification, and the
entry of TaskCreated in the audit log. The second figure begins before the request is sent. The peer enqueues one
job at a time, 0.1 s apart."""


def measure(options: BenchOptions) -> dict[str, Any]:  # noqa: ARG001 - every question has the same parameters
    """Return how late each reminder was, and how long each task took, in seconds."""
    with run_platform_under_test() as platform:
        times = CommitTimes(platform.engine_url)
        times.watch("notifications.notifications", "NEW.delivered_at IS NOT NULL", "NEW.reminder_id::text")
        times.watch("audit.entries", "NEW.type = 'todo.TaskCreated'", "NEW.subject")
        wake_everything(platform, times)
        late = measure_reminders(platform, times)
        taken = measure_tasks(platform, times)
        times.close()
    python, reason = install_peers()
    peer = measure_peer(PEER, python, jobs=TASKS, pause=0.1) if python else {"skipped": reason}
    return {"late": late, "taken": taken, "peer": peer}


def wake_everything(platform: RunningPlatform, times: CommitTimes) -> None:
    """Start every function of the chain, by a reminder that is due in a second."""
    schedule(platform, times, datetime.now(UTC) + timedelta(seconds=1))
    create_task(platform, times)


def measure_reminders(platform: RunningPlatform, times: CommitTimes) -> list[float | None]:
    """Return how late each reminder was delivered, or None for one that was not."""
    begin = datetime.now(UTC) + timedelta(seconds=FIRST)
    moments = [begin + timedelta(seconds=INTERVAL * number) for number in range(REMINDERS)]
    reminders = [post_reminder(platform, moment) for moment in moments]
    late: list[float | None] = []
    for reminder, moment in zip(reminders, moments, strict=True):
        wait = max(0.0, moment.timestamp() - time.time())
        seen = times.wait_for(reminder, within=wait + PATIENCE)
        late.append(None if seen is None else seen - moment.timestamp())
    return late


def measure_tasks(platform: RunningPlatform, times: CommitTimes) -> list[float | None]:
    """Return the seconds from each request to its entry in the audit log."""
    taken = []
    for _ in range(TASKS):
        time.sleep(0.1)
        taken.append(create_task(platform, times))
    return taken


def post_reminder(platform: RunningPlatform, moment: datetime) -> str:
    """Schedule a reminder and return its id."""
    body = {"title": "Water the plants", "at": moment.isoformat()}
    response = platform.system.call("POST", "/reminders/schedule", body, user="single")
    assert response.status < 300, response.text
    return str(response.json["id"])


def schedule(platform: RunningPlatform, times: CommitTimes, moment: datetime) -> None:
    """Schedule a reminder and wait until it is delivered."""
    assert times.wait_for(post_reminder(platform, moment), within=30.0) is not None


def create_task(platform: RunningPlatform, times: CommitTimes) -> float | None:
    """Create a task and return the seconds until it is in the audit log."""
    began = time.time()
    response = platform.system.call("POST", "/tasks", {"title": f"Task {uuid.uuid4()}"}, user="single")
    assert response.status == 201, response.text
    seen = times.wait_for(response.json["id"], within=PATIENCE)
    return None if seen is None else seen - began


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer. What was not seen counts as the time that was waited."""
    late = [PATIENCE if one is None else one for one in raw["late"]]
    taken = [PATIENCE if one is None else one for one in raw["taken"]]
    figures = {"reminder delivered, after its moment": late, "task audited, after the request": taken}
    if "skipped" not in raw["peer"]:
        figures[f"{PEER}: job done, after it is enqueued"] = raw["peer"]["latencies"]
    rows = [
        (name, len(values), *(percentile(values, share) * 1e3 for share in (0.5, 0.9, 0.99)), max(values) * 1e3)
        for name, values in figures.items()
    ]
    return Answer(
        title="single: one reminder, and one task, on an idle system that is awake",
        conditions=CONDITIONS,
        tables=[Table(("", "count", "p50 ms", "p90 ms", "p99 ms", "last ms"), rows)],
        goals=[
            Goal("reminder, p50 late", percentile(late, 0.5) * 1e3, "at most", 12, " ms"),
            Goal("reminder, p99 late", percentile(late, 0.99) * 1e3, "at most", 40, " ms"),
            Goal("early reminders", sum(one < 0 for one in late), "at most", 0),
            Goal("created to audited, p50", percentile(taken, 0.5) * 1e3, "at most", 12, " ms"),
        ],
        notes=[f"{PEER} is skipped: {raw['peer']['skipped']}"] if "skipped" in raw["peer"] else [],
    )
