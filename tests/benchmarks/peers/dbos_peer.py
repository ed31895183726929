"""DBOS: durable workflows in PostgreSQL; the row is written by a transaction step, so a workflow has one effect.

The outcome of the step is stored in the transaction of its effect: exactly once. Tuned as its documents advise: a queue
with a limit per worker and a short polling interval, and the weakest isolation that is right here.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy
from dbos import DBOS
from dbos import SQLAlchemyDatasource as Datasource

from tests.benchmarks.peers.peer_run import CONCURRENCY, EFFECT, read_run, report_end, wait_for_begin

QUEUE = "jobs"


def run() -> None:
    """Enqueue all workflows one by one while the workers of this process run them."""
    options = read_run()
    url = options.url("postgresql+psycopg")
    DBOS(config={"name": "peer", "system_database_url": url, "log_level": "ERROR", "sys_db_pool_size": 3 * CONCURRENCY})
    source = Datasource.create(url, engine_kwargs={"pool_size": CONCURRENCY})
    statement = sqlalchemy.text(EFFECT.format(":job"))

    def store(number: int) -> None:
        source.sql_session().execute(statement, {"job": str(number)})

    step = source.transaction(isolation_level="READ COMMITTED")(store)

    def insert_row(number: int) -> None:
        step(number)

    workflow = DBOS.workflow()(insert_row)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=4 * CONCURRENCY, polling_interval_sec=0.05)
    time.sleep(1.0)
    wait_for_begin()
    began = time.monotonic()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        handles = list(pool.map(lambda number: DBOS.enqueue_workflow(QUEUE, workflow, number), range(options.jobs)))
        for handle in handles:
            handle.get_result()
    report_end(began)
    DBOS.destroy()


if __name__ == "__main__":
    run()
