"""Runs a peer in its own virtual environment, beside a PostgreSQL of its own, and reads the CPU time of all of it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pg8000 import native
from sqlalchemy.engine import make_url

from knative.local.free_ports import find_free_ports
from knative.local.postgres import Postgres
from tests.benchmarks.harness.cpu_time import CpuMeter
from tests.benchmarks.harness.function_host import ROOT

PEERS: Final = {
    "pgqueuer": (1500, "at least once"),
    "pgqueuer, enqueued by 100": (4000, "at least once"),
    "procrastinate": (800, "at least once"),
    "dbos": (400, "exactly one effect"),
    "celery": (1500, "at least once"),
    "apscheduler": (400, "at most once"),
}
"""The peers, each with the number of jobs of a round and the guarantee."""

PEER_SECONDS: Final = 90
"""Seconds that a peer has for a round, with its start."""


def measure_peer(name: str, python: Path, **changes: float) -> dict[str, Any]:
    """Return one round of a peer: its jobs, seconds and CPU seconds; or the reason why it is skipped.

    ``changes`` are options of :class:`tests.benchmarks.peers.peer_run.PeerRun`, such as ``jobs`` and ``pause``.
    """
    jobs, guarantee = PEERS[name]
    module, _, batched = name.partition(", enqueued by ")
    if name == "celery" and not shutil.which("redis-server"):
        return {"skipped": "there is no redis-server on PATH"}
    with (
        _run_database() as (database, database_pid, sockets),
        _run_redis(enabled=name == "celery") as (redis, redis_pid),
    ):
        run = {**database, "sockets": sockets, "jobs": jobs, "redis": redis, "batch": int(batched or 1), **changes}
        command = [str(python), "-P", "-m", f"tests.benchmarks.peers.{module}_peer", json.dumps(run)]
        found = _run_peer(command, {"database": [database_pid], "redis": [redis_pid] if redis_pid else []})
    return {**found, "pieces": run["jobs"], "guarantee": guarantee}


def _run_peer(command: Sequence[str], groups: dict[str, list[int]]) -> dict[str, Any]:
    """Run a peer in a session of processes that is killed at the end, and after ``PEER_SECONDS``."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": tempfile.gettempdir()}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=errors, start_new_session=True, **pipes)
        limit = threading.Timer(PEER_SECONDS, _kill_session, [process.pid])
        limit.start()
        try:
            found = _measure(process, groups)
        finally:
            limit.cancel()
            _kill_session(process.pid)
            process.wait()
        if found is None:
            errors.seek(0)
            lines = errors.read().strip().splitlines() or [f"it ended, or was killed after {PEER_SECONDS} s"]
            return {"skipped": lines[-1]}
        return found


def _measure(process: "subprocess.Popen[str]", groups: dict[str, list[int]]) -> dict[str, Any] | None:
    """Return the result of a peer, or None if its process ends before."""
    assert process.stdin
    assert process.stdout
    if process.stdout.readline() != "ready\n":
        return None
    meter = CpuMeter({"peer": [process.pid], **groups})
    process.stdin.write("begin\n")
    process.stdin.flush()
    line = process.stdout.readline()
    used = meter.read()
    return {**json.loads(line), "cpu_seconds": sum(used.values()), "cpu": used} if line else None


def _kill_session(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


@contextmanager
def _run_database() -> Iterator[tuple[dict[str, str], int, str]]:
    """Run an empty PostgreSQL with the table of effects; its role has a password without special characters."""
    with tempfile.TemporaryDirectory(prefix="todo-peer-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        server = Postgres(folder)
        try:
            server.start()
            url = make_url(server.admin_url)
            socket = str(url.query["unix_sock"])
            admin = native.Connection(
                str(url.username), password=url.password, database=url.database, unix_sock=socket, ssl_context=False
            )
            admin.run("ALTER ROLE postgres PASSWORD 'peer'")
            admin.run("CREATE TABLE effects (job text PRIMARY KEY)")
            admin.close()
            assert server.pid
            login = {"user": "postgres", "password": "peer", "database": str(url.database)}
            yield login, server.pid, str(Path(socket).parent)
        finally:
            server.stop()
            server.remove()


@contextmanager
def _run_redis(*, enabled: bool) -> Iterator[tuple[str, int | None]]:
    if not enabled:
        yield "", None
        return
    with tempfile.TemporaryDirectory(prefix="todo-redis-") as folder:
        [port] = find_free_ports(1)
        settings = ["--port", str(port), "--dir", folder, "--save", "", "--appendonly", "yes", "--bind", "127.0.0.1"]
        with subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL) as server:
            try:
                yield f"redis://127.0.0.1:{port}/0", server.pid
            finally:
                server.terminate()
