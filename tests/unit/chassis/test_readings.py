"""Prometheus' registry as OTLP: the same names, the same values."""

from random import Random

from hypothesis import given
from hypothesis.strategies import randoms
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from functions.chassis.telemetry.otlp.readings import Readings
from tests.collector import SeenPoint, points_of


class Registry:
    """A registry with one metric of each kind, and what of it was encoded last."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.counter = Counter("jobs", "Jobs done", ["kind"], registry=self.registry)
        self.gauge = Gauge("busy", "Jobs being done", registry=self.registry)
        self.histogram = Histogram("job_seconds", "Seconds", ["kind"], buckets=(0.1, 1, 10), registry=self.registry)
        self.readings = Readings(self.registry, {"service.name": "tasks"})

    def read(self) -> list[SeenPoint]:
        """Encode everything, and return the points of it."""
        return points_of(ExportMetricsServiceRequest.FromString(self.readings.encode()))


@given(randoms(use_true_random=False))
def test_names_and_values_are_those_that_are_shown(chance: Random) -> None:
    """What is pushed and what /metrics shows are the same series, whatever was counted."""
    made = Registry()
    for _ in range(50):
        kind = chance.choice("abc")
        made.counter.labels(kind).inc(chance.randrange(5))
        made.histogram.labels(kind).observe(chance.choice([0.05, 0.1, 0.5, 5, 50]))
        made.gauge.set(chance.randrange(9))
    made.read()
    made.readings.taken()
    for point in made.read():
        shown = f"{point.name}_count" if point.buckets else point.name
        assert made.registry.get_sample_value(shown, point.labels) == point.value
        upto = 0
        for bound, count in zip(("0.1", "1.0", "10.0", "+Inf"), point.buckets, strict=False):
            upto += count
            assert made.registry.get_sample_value("job_seconds_bucket", {**point.labels, "le": bound}) == upto
    assert {point.name for point in made.read()} == {"jobs_total", "busy", "job_seconds"}


def test_a_series_begins_with_a_zero() -> None:
    """A single point shows no increase, and many an instance pushes once; so there is one at its beginning."""
    made = Registry()
    made.counter.labels("a").inc(3)
    made.histogram.labels("a").observe(0.5)
    points = {name: [one for one in made.read() if one.name == name] for name in ("jobs_total", "job_seconds")}
    for name, last in (("jobs_total", 3), ("job_seconds", 1)):
        first, second = points[name]
        assert (first.value, first.at, second.value) == (0, first.began, last)
        assert first.began == second.began < second.at
        assert (first.cumulative, second.cumulative) == (True, True)
    assert [one.buckets for one in points["job_seconds"]] == [(0, 0, 0, 0), (0, 1, 0, 0)]


def test_the_zero_is_repeated_until_it_is_taken() -> None:
    """A push that was lost is made good by the next, also of what began with it."""
    made = Registry()
    made.counter.labels("a").inc()
    made.read()
    assert [one.value for one in made.read() if one.name == "jobs_total"] == [0, 1]
    made.readings.taken()
    made.counter.labels("a").inc()
    made.counter.labels("b").inc()
    seen = [(one.labels["kind"], one.value) for one in made.read() if one.name == "jobs_total"]
    assert seen == [("a", 2), ("b", 0), ("b", 1)]
