"""A collector that is down or hangs does not affect requests."""

import json
import time

import pytest

from functions.chassis.telemetry.otlp.exporter import SHUTDOWN_SECONDS
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.tracing_broker import TracingBroker

REQUESTS = 300


def time_requests(tasks: FunctionUnderTest, count: int) -> float:
    """Send requests that need no database, and return their duration in seconds."""
    started = time.perf_counter()
    for _ in range(count):
        assert tasks.client.get("/nowhere").status_code == 404
    return time.perf_counter() - started


def test_a_missing_collector_is_logged_once(traced: TracingBroker, capsys: pytest.CaptureFixture[str]) -> None:
    """No process listens at the endpoint. Each request is answered, and there is one log line."""
    tasks = traced.load("tasks", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_METRIC_EXPORT_INTERVAL="1000")
    time_requests(tasks, 10)
    time.sleep(1.2)
    time_requests(tasks, 10)
    tasks.instance.tracer.close()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines if "collector" in line["message"]] == [
        "the telemetry collector did not accept traces: NewConnectionError"
    ]


def test_a_hanging_collector_delays_no_request(traced: TracingBroker) -> None:
    """Requests are answered while an export hangs, and the instance stops within its time limit."""
    tasks = traced.load("tasks", OTEL_EXPORTER_OTLP_TIMEOUT="10000")
    traced.collector.open.clear()
    without = time_requests(traced.load("tasks", OTEL_EXPORTER_OTLP_ENDPOINT=""), REQUESTS)
    hanging = time_requests(tasks, REQUESTS)
    print(f"{REQUESTS} requests: {without:.2f} s without a collector, {hanging:.2f} s with one that hangs")  # noqa: T201 - a figure
    traced.collector.wait_for(lambda: traced.collector.request_count)
    started = time.perf_counter()
    tasks.instance.tracer.close()
    assert time.perf_counter() - started < 2 * SHUTDOWN_SECONDS
    assert traced.collector.traces == []
