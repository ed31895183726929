"""Pushing telemetry: whatever goes wrong there stays there."""

import threading
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider

from functions.chassis.telemetry.otlp.collector import Collector
from functions.chassis.telemetry.otlp.pusher import BATCH, WAITING_LIMIT, Pusher
from functions.chassis.telemetry.otlp.readings import Readings
from tests.collector import RecordingCollector


@pytest.fixture
def listening() -> Iterator[RecordingCollector]:
    """A collector."""
    recording = RecordingCollector()
    yield recording
    recording.close()


class BrokenReadings(Readings):
    """Metrics that cannot be read."""

    def __init__(self) -> None:
        """Hold nothing."""

    def encode(self) -> bytes:
        """Fail."""
        raise ZeroDivisionError("a private matter")


def pusher_to(listening: RecordingCollector, readings: Readings | None = None) -> Pusher:
    """Return a pusher that has not been started."""
    return Pusher(Collector(listening.url, headers={}, timeout=5), readings, interval=3600)


def end_spans(pusher: Pusher, count: int) -> None:
    """Have so many spans end."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(pusher)
    tracer = provider.get_tracer("a test")
    for number in range(count):
        tracer.start_span(f"span {number}").end()


def test_spans_go_in_batches_and_the_oldest_are_lost(listening: RecordingCollector) -> None:
    """What does not fit into the room for waiting is not kept."""
    pusher = pusher_to(listening)
    end_spans(pusher, WAITING_LIMIT + 100)
    pusher.start()
    pusher.close()
    assert [span.name for span in listening.spans] == [f"span {100 + number}" for number in range(WAITING_LIMIT)]
    assert len(listening.traces) == WAITING_LIMIT / BATCH


def test_metrics_that_cannot_be_read_hold_up_no_spans(
    listening: RecordingCollector, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect there is logged, and costs nothing else."""
    pusher = pusher_to(listening, BrokenReadings())
    pusher.start()
    end_spans(pusher, 1)
    pusher.close()
    assert len(listening.spans) == 1
    assert [one.getMessage() for one in caplog.records] == ["metrics could not be pushed"]


def test_spans_that_cannot_be_encoded_are_lost(
    listening: RecordingCollector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect there is logged, and the thread goes on."""
    monkeypatch.setattr("functions.chassis.telemetry.otlp.pusher.encode_spans", lambda _: 1 / 0)
    pusher = pusher_to(listening)
    pusher.start()
    end_spans(pusher, 1)
    pusher.close()
    assert [one.getMessage() for one in caplog.records] == ["spans could not be pushed"]


def test_a_process_without_room_for_a_thread_goes_on(
    listening: RecordingCollector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is pushed, and a line says so."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pusher = pusher_to(listening)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        pusher.start()
    end_spans(pusher, 1)
    pusher.close()
    assert (listening.asked, len(caplog.records)) == (0, 1)
