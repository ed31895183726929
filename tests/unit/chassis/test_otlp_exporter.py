"""Exporting telemetry: no failure reaches the code that is traced."""

import threading
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider

from functions.chassis.telemetry.otlp.collector_client import CollectorClient
from functions.chassis.telemetry.otlp.exporter import BATCH_SIZE, QUEUE_LIMIT, OtlpExporter
from functions.chassis.telemetry.otlp.metrics_encoder import MetricsEncoder
from tests.collector import RecordingCollector


@pytest.fixture
def collector() -> Iterator[RecordingCollector]:
    """A collector."""
    recording = RecordingCollector()
    yield recording
    recording.close()


class FailingEncoder(MetricsEncoder):
    """An encoder of metrics that always fails."""

    def __init__(self) -> None:
        """Need no registry."""

    def encode(self) -> bytes:
        """Fail."""
        raise ZeroDivisionError("a private matter")


def exporter_to(collector: RecordingCollector, metrics_encoder: MetricsEncoder | None = None) -> OtlpExporter:
    """Return an exporter that is not started."""
    return OtlpExporter(CollectorClient(collector.url, headers={}, timeout=5), metrics_encoder, interval=3600)


def end_spans(exporter: OtlpExporter, count: int) -> None:
    """Start and end ``count`` spans."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(exporter)
    tracer = provider.get_tracer("a test")
    for number in range(count):
        tracer.start_span(f"span {number}").end()


def test_spans_are_sent_in_batches_and_the_oldest_are_dropped(collector: RecordingCollector) -> None:
    """The queue drops the oldest spans when it is full."""
    exporter = exporter_to(collector)
    end_spans(exporter, QUEUE_LIMIT + 100)
    exporter.start()
    exporter.close()
    assert [span.name for span in collector.spans] == [f"span {100 + number}" for number in range(QUEUE_LIMIT)]
    assert len(collector.traces) == QUEUE_LIMIT / BATCH_SIZE


def test_a_failure_of_the_metrics_does_not_stop_the_spans(
    collector: RecordingCollector, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged."""
    exporter = exporter_to(collector, FailingEncoder())
    exporter.start()
    end_spans(exporter, 1)
    exporter.close()
    assert len(collector.spans) == 1
    assert [record.getMessage() for record in caplog.records] == ["metrics could not be exported"]


def test_spans_that_cannot_be_encoded_are_dropped(
    collector: RecordingCollector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is logged, and the thread continues."""
    monkeypatch.setattr("functions.chassis.telemetry.otlp.exporter.encode_spans", lambda _: 1 / 0)
    exporter = exporter_to(collector)
    exporter.start()
    end_spans(exporter, 1)
    exporter.close()
    assert [record.getMessage() for record in caplog.records] == ["spans could not be exported"]


def test_a_process_that_cannot_start_a_thread_continues(
    collector: RecordingCollector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is exported, and a warning is logged."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    exporter = exporter_to(collector)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        exporter.start()
    end_spans(exporter, 1)
    exporter.close()
    assert (collector.request_count, len(caplog.records)) == (0, 1)
