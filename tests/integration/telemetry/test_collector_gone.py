"""A collector that is gone, or does not answer, is nobody's concern."""

import json
import time

import pytest

from functions.chassis.telemetry.otlp.pusher import FLUSH_SECONDS
from tests.functions import FunctionUnderTest
from tests.integration.telemetry.brokered import Brokered

MANY = 300


def ask(tasks: FunctionUnderTest, times: int) -> float:
    """Ask for what costs nothing, and return how long that took."""
    started = time.perf_counter()
    for _ in range(times):
        assert tasks.client.get("/nowhere").status_code == 404
    return time.perf_counter() - started


def test_requests_go_on_and_little_is_said(traced: Brokered, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody listens at the address: each request is answered, and there is one line."""
    tasks = traced.load("tasks", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_METRIC_EXPORT_INTERVAL="1000")
    ask(tasks, 10)
    time.sleep(1.2)
    ask(tasks, 10)
    tasks.instance.tracer.close()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines if "collector" in line["message"]] == [
        "the collector of telemetry does not take traces: NewConnectionError"
    ]


def test_a_collector_that_hangs_holds_up_nobody(traced: Brokered) -> None:
    """Requests are answered while it has taken nothing, and an instance ends in the time it has for that."""
    tasks = traced.load("tasks", OTEL_EXPORTER_OTLP_TIMEOUT="10000")
    traced.collector.open.clear()
    alone = ask(traced.load("tasks", OTEL_EXPORTER_OTLP_ENDPOINT=""), MANY)
    hung = ask(tasks, MANY)
    print(f"{MANY} requests: {alone:.2f} s without a collector, {hung:.2f} s with one that hangs")  # noqa: T201
    traced.collector.wait_for(lambda: traced.collector.asked)
    started = time.perf_counter()
    tasks.instance.tracer.close()
    assert time.perf_counter() - started < 2 * FLUSH_SECONDS
    assert traced.collector.traces == []
