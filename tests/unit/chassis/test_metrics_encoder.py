"""Encoding a Prometheus registry as OTLP: the same names, the same values."""

from random import Random

from hypothesis import given
from hypothesis.strategies import randoms
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from functions.chassis.telemetry.otlp.metrics_encoder import MetricsEncoder
from tests.collector import ReceivedPoint, read_points


class SampleRegistry:
    """A registry with one metric of each type, and its encoder."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.counter = Counter("jobs", "Jobs done", ["kind"], registry=self.registry)
        self.gauge = Gauge("busy", "Jobs being done", registry=self.registry)
        self.histogram = Histogram("job_seconds", "Seconds", ["kind"], buckets=(0.1, 1, 10), registry=self.registry)
        self.encoder = MetricsEncoder(self.registry, {"service.name": "tasks"})

    def encode(self) -> list[ReceivedPoint]:
        """Encode all metrics, and return their points."""
        return read_points(ExportMetricsServiceRequest.FromString(self.encoder.encode()))


@given(randoms(use_true_random=False))
def test_exported_metrics_equal_those_of_prometheus(chance: Random) -> None:
    """For any recorded values, the exported series and the series on /metrics are the same."""
    sample = SampleRegistry()
    for _ in range(50):
        kind = chance.choice("abc")
        sample.counter.labels(kind).inc(chance.randrange(5))
        sample.histogram.labels(kind).observe(chance.choice([0.05, 0.1, 0.5, 5, 50]))
        sample.gauge.set(chance.randrange(9))
    sample.encode()
    sample.encoder.confirm_export()
    for point in sample.encode():
        name = f"{point.name}_count" if point.buckets else point.name
        assert sample.registry.get_sample_value(name, point.labels) == point.value
        cumulative = 0
        for bound, count in zip(("0.1", "1.0", "10.0", "+Inf"), point.buckets, strict=False):
            cumulative += count
            labels = {**point.labels, "le": bound}
            assert sample.registry.get_sample_value("job_seconds_bucket", labels) == cumulative
    assert {point.name for point in sample.encode()} == {"jobs_total", "busy", "job_seconds"}


def test_a_series_starts_with_a_zero() -> None:
    """A single point shows no increase, and many instances export once. So a zero point comes first."""
    sample = SampleRegistry()
    sample.counter.labels("a").inc(3)
    sample.histogram.labels("a").observe(0.5)
    encoded = sample.encode()
    points = {name: [point for point in encoded if point.name == name] for name in ("jobs_total", "job_seconds")}
    for name, last in (("jobs_total", 3), ("job_seconds", 1)):
        first, second = points[name]
        assert (first.value, first.at, second.value) == (0, first.start, last)
        assert first.start == second.start < second.at
        assert (first.is_cumulative, second.is_cumulative) == (True, True)
    assert [point.buckets for point in points["job_seconds"]] == [(0, 0, 0, 0), (0, 1, 0, 0)]


def test_the_zero_is_repeated_until_the_collector_accepts_it() -> None:
    """After a lost request, the next one starts each series with a zero again."""
    sample = SampleRegistry()
    sample.counter.labels("a").inc()
    sample.encode()
    assert [point.value for point in sample.encode() if point.name == "jobs_total"] == [0, 1]
    sample.encoder.confirm_export()
    sample.counter.labels("a").inc()
    sample.counter.labels("b").inc()
    points = [(point.labels["kind"], point.value) for point in sample.encode() if point.name == "jobs_total"]
    assert points == [("a", 2), ("b", 0), ("b", 1)]
