"""Sending telemetry to a collector that may be down."""

from collections.abc import Iterator

import pytest

from functions.chassis.telemetry.otlp.collector_client import WARNING_INTERVAL_SECONDS, CollectorClient
from tests.collector import RecordingCollector


class ManualSeconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the current seconds."""
        return self.now


@pytest.fixture
def collector() -> Iterator[RecordingCollector]:
    """A collector."""
    recording = RecordingCollector()
    yield recording
    recording.close()


def test_failures_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """The limit counts for all signals together."""
    seconds = ManualSeconds()
    client = CollectorClient("http://127.0.0.1:9", headers={}, timeout=1, monotonic=seconds)
    for _ in range(3):
        assert not client.send("traces", b"")
        assert not client.send("metrics", b"")
    assert [record.getMessage() for record in caplog.records] == [
        "the telemetry collector did not accept traces: NewConnectionError"
    ]
    seconds.now += WARNING_INTERVAL_SECONDS
    client.send("metrics", b"")
    assert len(caplog.records) == 2


def test_only_a_2xx_counts_as_accepted(collector: RecordingCollector, caplog: pytest.LogCaptureFixture) -> None:
    """The log line contains the collector's status."""
    collector.status = 403
    assert not CollectorClient(collector.url, headers={}, timeout=5).send("traces", b"")
    assert "it answered 403" in caplog.text


def test_requests_have_the_path_and_headers_of_otlp(collector: RecordingCollector) -> None:
    """The endpoint may end with a slash, and the operator's headers are sent too."""
    assert CollectorClient(f"{collector.url}/", headers={"api-key": "k"}, timeout=5).send("traces", b"")
    [headers] = collector.headers
    assert (headers["Content-Type"], headers["api-key"]) == ("application/x-protobuf", "k")
    assert len(collector.traces) == 1


def test_nothing_is_sent_after_the_time_limit(collector: RecordingCollector) -> None:
    """A stopping instance sets a limit, after which no request is made."""
    seconds = ManualSeconds()
    client = CollectorClient(collector.url, headers={}, timeout=5, monotonic=seconds)
    client.limit_time(3.0)
    assert client.send("traces", b"")
    seconds.now += 3.0
    assert not client.send("traces", b"")
    assert collector.request_count == 1
