"""The Prometheus registry of all instruments, for ``/metrics`` and the export. Imported when metrics are read first."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

from functions.chassis.telemetry.instruments import INSTRUMENTS


class _InstrumentReader:
    """A collector, as :class:`prometheus_client.CollectorRegistry` calls it, over the instruments of the process."""

    def collect(self) -> Iterator[Metric]:
        """Return the current values of all instruments."""
        for instrument in INSTRUMENTS:
            metric = Metric(instrument.name, instrument.documentation, instrument.kind)
            for suffix, labels, value in instrument.read():
                metric.add_sample(instrument.name + suffix, labels, value)
            yield metric


registry: Final = CollectorRegistry()
registry.register(_InstrumentReader())


def render_registry() -> tuple[bytes, str]:
    """Return all metrics in Prometheus' text format, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
