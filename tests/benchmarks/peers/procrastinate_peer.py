"""procrastinate: a queue in PostgreSQL with LISTEN and NOTIFY, driven by asyncio and psycopg.

A job's status is stored after the job ran: at least once. Tuned as its documents advise: asynchronous tasks with
``concurrency``, and finished jobs deleted.
"""

import asyncio
import time
from contextlib import suppress

import psycopg_pool
from procrastinate import App, PsycopgConnector

from tests.benchmarks.peers.peer_run import CONCURRENCY, EFFECT, PeerRun, read_run, report_end, wait_for_begin


async def run(options: PeerRun) -> None:
    """Defer all jobs one by one while the worker runs them."""
    app = App(connector=PsycopgConnector(conninfo=options.url(), min_size=CONCURRENCY, max_size=2 * CONCURRENCY))
    async with app.open_async(), psycopg_pool.AsyncConnectionPool(options.url(), min_size=CONCURRENCY) as pool:
        await app.schema_manager.apply_schema_async()
        finished = 0
        all_finished = asyncio.Event()

        async def insert_row(number: int) -> None:
            nonlocal finished
            async with pool.connection() as connection:
                await connection.execute(EFFECT.format("%s"), [str(number)])
            finished += 1
            if finished == options.jobs:
                all_finished.set()

        task = app.task(name="insert_row")(insert_row)
        numbers = iter(range(options.jobs))

        async def produce() -> None:
            for number in numbers:
                await task.defer_async(number=number)

        worker = asyncio.create_task(
            app.run_worker_async(concurrency=CONCURRENCY, delete_jobs="successful", install_signal_handlers=False)
        )
        await asyncio.sleep(1.0)
        await asyncio.to_thread(wait_for_begin)
        began = time.monotonic()
        await asyncio.gather(*(produce() for _ in range(CONCURRENCY)), all_finished.wait())
        await asyncio.to_thread(report_end, began)
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


if __name__ == "__main__":
    asyncio.run(run(read_run()))
