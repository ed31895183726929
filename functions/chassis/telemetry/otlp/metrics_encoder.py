"""Encodes the metrics of a Prometheus registry as an OTLP request, so that no metric is defined twice.

The points are cumulative, and each instance has its own ``service.instance.id``. So a lost request is made up for by
the next one, and a request that arrives twice counts once. With deltas, both would be wrong.

An instance may live for seconds and export once. A single point shows no increase, so the first point of each series
is preceded by a point with the value zero at the start of the series.
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

SeriesKey = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and the sorted labels of one of its series."""


@dataclass(slots=True)
class _Series:
    """The samples of one series: ``values`` by the suffix of the sample's name, ``buckets`` as (bound, count)."""

    key: SeriesKey
    values: dict[str, float] = field(default_factory=dict)
    buckets: list[tuple[float, float]] = field(default_factory=list)


class MetricsEncoder:
    """Encodes a registry's metrics for one resource; ``resource`` holds its attributes."""

    def __init__(self, registry: CollectorRegistry, resource: Mapping[str, Any]) -> None:
        self._registry = registry
        self._resource = Resource(attributes=_key_values(resource.items()))
        self._started_at = time.time()
        self._encoded: set[SeriesKey] = set()
        self._exported: set[SeriesKey] = set()

    def encode(self) -> bytes:
        """Return the current metrics as an encoded ExportMetricsServiceRequest."""
        now = time.time()
        metrics = [metric for family in self._registry.collect() if (metric := self._encode_family(family, now))]
        scope_metrics = otlp.ScopeMetrics(scope=InstrumentationScope(name=SCOPE), metrics=metrics)
        resource_metrics = otlp.ResourceMetrics(resource=self._resource, scope_metrics=[scope_metrics])
        return bytes(ExportMetricsServiceRequest(resource_metrics=[resource_metrics]).SerializeToString())

    def confirm_export(self) -> None:
        """Record that the collector has accepted the last request, so that its zero points are not repeated."""
        self._exported |= self._encoded

    def _encode_family(self, family: Any, now: float) -> otlp.Metric | None:  # noqa: ANN401 - prometheus_client has no types
        series_list = _read_series(family)
        self._encoded |= {series.key for series in series_list}
        if not series_list:
            return None
        match family.type:
            case "counter":
                # The suffix _total is part of the name on /metrics; a collector may otherwise add it or not.
                sums = [point for series in series_list for point in self._sum_points(series, now)]
                data = otlp.Sum(data_points=sums, aggregation_temporality=_CUMULATIVE, is_monotonic=True)
                return otlp.Metric(name=f"{family.name}_total", description=family.documentation, sum=data)
            case "histogram":
                histograms = [point for series in series_list for point in self._histogram_points(series, now)]
                spread = otlp.Histogram(data_points=histograms, aggregation_temporality=_CUMULATIVE)
                return otlp.Metric(name=family.name, description=family.documentation, histogram=spread)
            case _:
                gauge = otlp.Gauge(data_points=[_number(series, series.values[""], now) for series in series_list])
                return otlp.Metric(name=family.name, description=family.documentation, gauge=gauge)

    def _sum_points(self, series: _Series, now: float) -> Iterable[otlp.NumberDataPoint]:
        start = series.values.get("_created", self._started_at)
        if series.key not in self._exported:
            yield _number(series, 0.0, start, start)
        yield _number(series, series.values["_total"], now, start)

    def _histogram_points(self, series: _Series, now: float) -> Iterable[otlp.HistogramDataPoint]:
        start = series.values.get("_created", self._started_at)
        series.buckets.sort()
        bounds = [bound for bound, _ in series.buckets[:-1]]  # OTLP omits the last bound, infinity
        cumulative = [0, *(int(count) for _, count in series.buckets)]
        counts = [after - before for before, after in pairwise(cumulative)]
        if series.key not in self._exported:
            yield _histogram(series, [0] * len(counts), bounds, total=0.0, at=start, start=start)
        yield _histogram(series, counts, bounds, total=series.values["_sum"], at=now, start=start)


def _read_series(family: Any) -> list[_Series]:  # noqa: ANN401 - prometheus_client has no types
    found: dict[SeriesKey, _Series] = {}
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


def _number(series: _Series, value: float, at: float, start: float = 0.0) -> otlp.NumberDataPoint:
    return otlp.NumberDataPoint(
        attributes=_key_values(series.key[1]),
        start_time_unix_nano=int(start * _NANO),
        time_unix_nano=int(at * _NANO),
        as_double=value,
    )


def _histogram(
    series: _Series, counts: list[int], bounds: list[float], *, total: float, at: float, start: float
) -> otlp.HistogramDataPoint:
    return otlp.HistogramDataPoint(
        attributes=_key_values(series.key[1]),
        start_time_unix_nano=int(start * _NANO),
        time_unix_nano=int(at * _NANO),
        count=sum(counts),
        sum=total,
        bucket_counts=counts,
        explicit_bounds=bounds,
    )


def _key_values(pairs: Iterable[tuple[str, Any]]) -> list[KeyValue]:
    return [KeyValue(key=name, value=AnyValue(string_value=str(value))) for name, value in pairs]
