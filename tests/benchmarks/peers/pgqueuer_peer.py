"""pgqueuer: a queue in PostgreSQL, driven by asyncio and asyncpg.

A job's row is deleted after the job ran: at least once. Tuned as its documents advise: asyncpg, a pool, batches of 100
jobs at once for the worker.
"""

import asyncio
import time
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries

from tests.benchmarks.peers.peer_run import CONCURRENCY, EFFECT, PeerRun, read_run, report_end, wait_for_begin


async def run(options: PeerRun) -> None:
    """Enqueue all jobs, ``batch`` at once, while the worker runs them."""
    async with asyncpg.create_pool(options.url(), min_size=CONCURRENCY, max_size=2 * CONCURRENCY) as pool:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        await queries.install()
        queue = PgQueuer(driver)
        finished = 0
        all_finished, one_finished = asyncio.Event(), asyncio.Event()

        async def insert_row(job: object) -> None:
            nonlocal finished
            await pool.execute(EFFECT.format("$1"), job.payload.decode())  # type: ignore[attr-defined] # untyped
            finished += 1
            one_finished.set()
            if finished == options.jobs:
                all_finished.set()

        queue.entrypoint("insert_row")(insert_row)
        batches = iter(range(0, options.jobs, options.batch))

        async def produce() -> None:
            for first in batches:
                payloads = [str(number).encode() for number in range(first, min(first + options.batch, options.jobs))]
                await queries.enqueue(["insert_row"] * len(payloads), payloads, [0] * len(payloads))

        async def time_one(number: int) -> float:
            """Enqueue a job on the idle queue, and return the seconds until it ran."""
            await asyncio.sleep(options.pause)
            one_finished.clear()
            enqueued = time.monotonic()
            await queries.enqueue("insert_row", str(number).encode())
            await one_finished.wait()
            return time.monotonic() - enqueued

        worker = asyncio.create_task(queue.run(batch_size=100, dequeue_timeout=timedelta(seconds=1)))
        await asyncio.sleep(1.0)
        await asyncio.to_thread(wait_for_begin)
        began = time.monotonic()
        if options.pause:
            latencies = [await time_one(number) for number in range(options.jobs)]
        else:
            latencies = []
            await asyncio.gather(*(produce() for _ in range(CONCURRENCY)), all_finished.wait())
        await asyncio.to_thread(report_end, began, latencies)
        queue.shutdown.set()
        await worker


if __name__ == "__main__":
    asyncio.run(run(read_run()))
