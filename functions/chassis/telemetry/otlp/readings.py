"""The metrics of :mod:`functions.chassis.telemetry.metrics` as OTLP: read where they are kept, none defined twice.

They are cumulative, and each instance has an id of its own among its resource's attributes, so that each is a series of
its own: a push that is lost is made good by the next, and one that comes twice counts once. Deltas would lose the one
and double the other.

An instance may live for seconds and push once, at its end. A series of one point shows no increase, so the first point
of each has one before it: zero, at the moment it began.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from prometheus_client import CollectorRegistry

SCOPE: Final = "todo"

_CUMULATIVE: Final = otlp.AGGREGATION_TEMPORALITY_CUMULATIVE
_NANO: Final = 1_000_000_000

Key = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and the labels of one of its series."""


@dataclass(slots=True)
class _Series:
    """What prometheus_client shows of one series, by the end of each sample's name."""

    key: Key
    values: dict[str, float] = field(default_factory=dict)
    buckets: list[tuple[float, float]] = field(default_factory=list)


class Readings:
    """A registry's metrics, encoded for one resource."""

    def __init__(self, registry: CollectorRegistry, resource: Mapping[str, Any]) -> None:
        self._registry = registry
        self._resource = Resource(attributes=_pairs(resource.items()))
        self._born_at = time.time()
        self._read: set[Key] = set()
        self._known: set[Key] = set()

    def encode(self) -> bytes:
        """Return everything as it is now, as an ExportMetricsServiceRequest."""
        now = time.time()
        metrics = [metric for family in self._registry.collect() if (metric := self._metric(family, now))]
        scope = otlp.ScopeMetrics(scope=InstrumentationScope(name=SCOPE), metrics=metrics)
        of_resource = otlp.ResourceMetrics(resource=self._resource, scope_metrics=[scope])
        return bytes(ExportMetricsServiceRequest(resource_metrics=[of_resource]).SerializeToString())

    def taken(self) -> None:
        """Note that the collector has what was encoded last, and so the beginning of each series."""
        self._known |= self._read

    def _metric(self, family: Any, now: float) -> otlp.Metric | None:  # noqa: ANN401 - prometheus_client has no types
        every = _series_of(family)
        self._read |= {series.key for series in every}
        if not every:
            return None
        match family.type:
            case "counter":
                # With its ending, which a collector's conversion would add: so the name is the same everywhere.
                points = [point for series in every for point in self._sums(series, now)]
                told = otlp.Sum(data_points=points, aggregation_temporality=_CUMULATIVE, is_monotonic=True)
                return otlp.Metric(name=f"{family.name}_total", description=family.documentation, sum=told)
            case "histogram":
                spread = [point for series in every for point in self._histograms(series, now)]
                shown = otlp.Histogram(data_points=spread, aggregation_temporality=_CUMULATIVE)
                return otlp.Metric(name=family.name, description=family.documentation, histogram=shown)
            case _:
                gauge = otlp.Gauge(data_points=[_number(series, series.values[""], now) for series in every])
                return otlp.Metric(name=family.name, description=family.documentation, gauge=gauge)

    def _sums(self, series: _Series, now: float) -> Iterable[otlp.NumberDataPoint]:
        began = series.values.get("_created", self._born_at)
        if series.key not in self._known:
            yield _number(series, 0.0, began, began)
        yield _number(series, series.values["_total"], now, began)

    def _histograms(self, series: _Series, now: float) -> Iterable[otlp.HistogramDataPoint]:
        began = series.values.get("_created", self._born_at)
        series.buckets.sort()
        bounds = [bound for bound, _ in series.buckets[:-1]]  # the last is infinite, and goes without saying
        upto = [0, *(int(count) for _, count in series.buckets)]
        counts = [after - before for before, after in pairwise(upto)]
        if series.key not in self._known:
            yield _histogram(series, [0] * len(counts), bounds, total=0.0, at=began, began=began)
        yield _histogram(series, counts, bounds, total=series.values["_sum"], at=now, began=began)


def _series_of(family: Any) -> list[_Series]:  # noqa: ANN401 - prometheus_client has no types
    found: dict[Key, _Series] = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        key = (family.name, tuple(sorted(labels.items())))
        series = found.setdefault(key, _Series(key))
        if bound is None:
            series.values[sample.name.removeprefix(family.name)] = sample.value
        else:
            series.buckets.append((float(bound), sample.value))
    return list(found.values())


def _number(series: _Series, value: float, at: float, began: float = 0.0) -> otlp.NumberDataPoint:
    return otlp.NumberDataPoint(
        attributes=_pairs(series.key[1]),
        start_time_unix_nano=int(began * _NANO),
        time_unix_nano=int(at * _NANO),
        as_double=value,
    )


def _histogram(
    series: _Series, counts: list[int], bounds: list[float], *, total: float, at: float, began: float
) -> otlp.HistogramDataPoint:
    return otlp.HistogramDataPoint(
        attributes=_pairs(series.key[1]),
        start_time_unix_nano=int(began * _NANO),
        time_unix_nano=int(at * _NANO),
        count=sum(counts),
        sum=total,
        bucket_counts=counts,
        explicit_bounds=bounds,
    )


def _pairs(pairs: Iterable[tuple[str, Any]]) -> list[KeyValue]:
    return [KeyValue(key=name, value=AnyValue(string_value=str(value))) for name, value in pairs]
