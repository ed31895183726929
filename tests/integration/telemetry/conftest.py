"""Fixtures: a collector, and a broker between functions that export to it."""

from collections.abc import Iterator

import pytest

from tests.broker import RecordingBroker
from tests.collector import RecordingCollector
from tests.functions import Load
from tests.integration.telemetry.tracing_broker import TracingBroker


@pytest.fixture
def collector() -> Iterator[RecordingCollector]:
    """A collector that accepts everything."""
    recording = RecordingCollector()
    yield recording
    recording.close()


@pytest.fixture
def traced(function: Load, broker: RecordingBroker, collector: RecordingCollector) -> Iterator[TracingBroker]:
    """A broker whose functions export to the collector."""
    tracing_broker = TracingBroker(function, broker, collector)
    yield tracing_broker
    tracing_broker.close_and_read_spans()  # before the collector is closed
