"""The Celery application: its worker imports this module."""

import json
import os
import threading
from typing import Any

import psycopg
from celery import Celery

from tests.benchmarks.peers.peer_run import EFFECT, PeerRun

OPTIONS = PeerRun(**json.loads(os.environ["PEER_RUN"]))

app = Celery("peer", broker=OPTIONS.redis)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=16,
    broker_connection_retry_on_startup=True,
    worker_send_task_events=False,
)
_local = threading.local()


def insert_row(number: int) -> None:
    """Store the job's row; each process keeps its connection."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(OPTIONS.url(), autocommit=True)
    _local.connection.execute(EFFECT.format("%s"), [str(number)])


task: Any = app.task(name="insert_row")(insert_row)
