"""A collector, and functions that tell it."""

from collections.abc import Iterator

import pytest

from tests.broker import RecordingBroker
from tests.collector import RecordingCollector
from tests.functions import Load
from tests.integration.telemetry.brokered import Brokered


@pytest.fixture
def collector() -> Iterator[RecordingCollector]:
    """A collector that takes everything."""
    recording = RecordingCollector()
    yield recording
    recording.close()


@pytest.fixture
def traced(function: Load, broker: RecordingBroker, collector: RecordingCollector) -> Iterator[Brokered]:
    """Load functions that tell one collector, and hand on what they say."""
    brokered = Brokered(function, broker, collector)
    yield brokered
    brokered.spans()  # or they would tell a collector that is gone
