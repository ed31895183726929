"""Handing telemetry to a collector, which may be gone."""

from collections.abc import Iterator

import pytest

from functions.chassis.telemetry.otlp.collector import QUIET_SECONDS, Collector
from tests.collector import RecordingCollector


class Time:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds so far."""
        return self.now


@pytest.fixture
def listening() -> Iterator[RecordingCollector]:
    """A collector."""
    recording = RecordingCollector()
    yield recording
    recording.close()


def test_a_collector_that_is_gone_is_spoken_of_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is tried, and whatever it does not take."""
    time = Time()
    gone = Collector("http://127.0.0.1:9", headers={}, timeout=1, monotonic=time)
    for _ in range(3):
        assert not gone.take("traces", b"")
        assert not gone.take("metrics", b"")
    assert [one.getMessage() for one in caplog.records] == [
        "the collector of telemetry does not take traces: NewConnectionError"
    ]
    time.now += QUIET_SECONDS
    gone.take("metrics", b"")
    assert len(caplog.records) == 2


def test_a_refusal_is_a_loss(listening: RecordingCollector, caplog: pytest.LogCaptureFixture) -> None:
    """Only a 2xx is a yes; the line says what the answer was."""
    listening.status = 403
    assert not Collector(listening.url, headers={}, timeout=5).take("traces", b"")
    assert "it answered 403" in caplog.text


def test_the_path_and_the_headers_are_those_of_otlp(listening: RecordingCollector) -> None:
    """A trailing slash does no harm, and the operator's headers go along."""
    assert Collector(f"{listening.url}/", headers={"api-key": "k"}, timeout=5).take("traces", b"")
    [headers] = listening.headers
    assert (headers["Content-Type"], headers["api-key"]) == ("application/x-protobuf", "k")
    assert len(listening.traces) == 1


def test_nothing_is_sent_after_the_end(listening: RecordingCollector) -> None:
    """In a hurry there is a moment after which nothing is tried any more."""
    time = Time()
    collector = Collector(listening.url, headers={}, timeout=5, monotonic=time)
    collector.hurry(3.0)
    assert collector.take("traces", b"")
    time.now += 3.0
    assert not collector.take("traces", b"")
    assert listening.asked == 1
