"""Celery with Redis: tasks in a list of Redis, which is on disk (append-only file, synced every second).

With late acknowledgement a task runs at least once, as long as Redis loses no second of its file. Tuned as its
documents advise: no results, no events, prefork with as many processes as cores, prefetching for short tasks.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import psycopg

from tests.benchmarks.peers.peer_run import CONCURRENCY, read_run, report_end, wait_for_begin, wait_until

WORKER = [
    "worker",
    "--concurrency=2",
    "--loglevel=ERROR",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
]


def run() -> None:
    """Send all tasks one by one while the worker's processes run them."""
    options = read_run()
    os.environ["PEER_RUN"] = json.dumps(asdict(options))
    from tests.benchmarks.peers.celery_jobs import app, task  # noqa: PLC0415 - reads the variable

    command = [sys.executable, "-P", "-m", "celery", "-A", "tests.benchmarks.peers.celery_jobs", *WORKER]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as worker, psycopg.connect(options.url()) as connection:
        connection.autocommit = True
        wait_until(lambda: bool(app.control.ping(timeout=0.5)))
        wait_for_begin()
        began = time.monotonic()
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(task.delay, range(options.jobs)))

        def is_done() -> bool:
            row = connection.execute("SELECT count(*) FROM effects").fetchone()
            return row is not None and row[0] >= options.jobs

        wait_until(is_done)
        report_end(began)
        worker.terminate()


if __name__ == "__main__":
    run()
