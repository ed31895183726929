"""APScheduler 3 with its job store in PostgreSQL: a scheduler of timers in one process.

A job is deleted before it runs: at most once. Its documents advise a thread pool as large as the wanted concurrency,
and ``misfire_grace_time`` None so that no late job is dropped.
"""

import threading
import time
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from psycopg_pool import ConnectionPool

from tests.benchmarks.peers.peer_run import CONCURRENCY, EFFECT, read_run, report_end, wait_for_begin, wait_until

OPTIONS = read_run()
_pool = ConnectionPool(OPTIONS.url(), min_size=CONCURRENCY, open=True, kwargs={"autocommit": True})
_finished = [0]
_lock = threading.Lock()


def insert_row(number: int) -> None:
    """Store the job's row."""
    with _pool.connection() as connection:
        connection.execute(EFFECT.format("%s"), [str(number)])
    with _lock:
        _finished[0] += 1


def run() -> None:
    """Add all jobs one by one, due at once, while the scheduler runs them."""
    store = SQLAlchemyJobStore(url=OPTIONS.url("postgresql+psycopg"))
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(CONCURRENCY)},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )
    scheduler.start()
    wait_for_begin()
    began = time.monotonic()
    for number in range(OPTIONS.jobs):
        scheduler.add_job(insert_row, "date", run_date=datetime.now(UTC), args=[number], id=str(number))
    wait_until(lambda: _finished[0] >= OPTIONS.jobs)
    report_end(began)
    scheduler.shutdown(wait=False)
    _pool.close()


if __name__ == "__main__":
    run()
