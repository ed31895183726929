"""A real process that is told to stop: what it did last is not lost."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from events.task import TaskCreated
from tests.broker import RecordingBroker
from tests.collector import RecordingCollector
from tests.event_encoding import encode_binary
from tests.functions import Load
from tests.samples import a_task, an_event

ROOT = Path(__file__).parents[3]
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Process:
    """``schedule-reminders`` as the image runs it: gunicorn, with a worker that was forked."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "functions_framework", "--host=127.0.0.1", f"--port={port}"],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "FUNCTION_SOURCE": "functions/reminders/schedule_reminders.py",
                "FUNCTION_TARGET": "schedule_reminders",
                "WORKERS": "1",
            },
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Return when it answers."""
        retries = urllib3.Retry(total=None, connect=120, backoff_factor=0.1, backoff_max=0.5)
        assert urllib3.request("GET", f"{self.url}/ready", retries=retries).status == 200

    def terminate(self) -> None:
        """Tell it to stop."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> str:
        """Return what it logged, when it has ended."""
        logged, _ = self._process.communicate(timeout=40)
        return logged

    def end(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def process(function: Load, collector: RecordingCollector) -> Iterator[Process]:
    """The process, with the settings of a function under test; metrics would be pushed in an hour."""
    function(
        "schedule-reminders",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_METRIC_EXPORT_INTERVAL="3600000",
    )
    started = Process()
    yield started
    started.end()


def test_what_was_done_last_is_told(process: Process, broker: RecordingBroker, collector: RecordingCollector) -> None:
    """Spans and metrics of one instance, the worker, arrive at its end; also of what it published only then."""
    process.wait_until_ready()
    broker.open.clear()
    headers, body = encode_binary(an_event(TaskCreated(task=a_task()), traceparent=CALLER))
    assert urllib3.request("POST", process.url, body=body, headers=headers).status == 202
    process.terminate()
    broker.open.set()
    logged = process.wait()
    names = {span.name for span in collector.spans if span.trace_id == CALLER[3:35]}
    assert {"process todo.TaskCreated", "publish todo.ReminderScheduled"} <= names
    points = collector.points("todo_events_handled_total", type="todo.TaskCreated", outcome="handled")
    assert [point.value for point in points] == [0, 1]
    assert collector.points("todo_events_published_total", type="todo.ReminderScheduled")[-1].value == 1
    assert len({point.resource["service.instance.id"] for point in collector.every_point}) == 1
    assert '"message": "event handled"' in logged
    assert "Traceback" not in logged
