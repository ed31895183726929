"""Instruments that measure: counters, gauges and histograms in memory. Each is listed when it is created.

A function imports no Prometheus library for them, because most instances end before anyone reads their metrics.
:mod:`functions.chassis.telemetry.prometheus_registry` reads the instruments.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

Measurement = tuple[str, dict[str, str], float]
"""The suffix of a sample's name, such as ``_total``, its labels and its value, by Prometheus' names."""

_lock: Final = threading.Lock()
"""Held for every change and every reading, each a few microseconds."""


class Instrument(Protocol):
    """A named measure of the process. ``kind`` is Prometheus' name of its type."""

    kind: str
    name: str
    documentation: str

    def read(self) -> Iterable[Measurement]:
        """Return the current values."""
        ...


INSTRUMENTS: Final[list[Instrument]] = []
"""All instruments of the process, in the order of their creation."""


class Counter:
    """A number of events for each combination of label values. Without labels, it starts at zero."""

    kind = "counter"

    def __init__(self, name: str, documentation: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.documentation = documentation
        self._labels = labels
        self._series: dict[tuple[str, ...], tuple[float, float]] = {} if labels else {(): (0.0, time.time())}
        INSTRUMENTS.append(self)

    def count(self, *label_values: str) -> None:
        """Count one event."""
        with _lock:
            series = self._series.get(label_values)
            self._series[label_values] = (1.0, time.time()) if series is None else (series[0] + 1.0, series[1])

    def read(self) -> Iterator[Measurement]:
        """Return the total of each series, and the time at which it began."""
        with _lock:
            found = list(self._series.items())
        for label_values, (total, created) in found:
            labels = dict(zip(self._labels, label_values, strict=True))
            yield "_total", labels, total
            yield "_created", labels, created


class Gauge:
    """A number that rises and falls; ``watch`` returns its value when the gauge is read."""

    kind = "gauge"

    def __init__(self, name: str, documentation: str) -> None:
        self.name = name
        self.documentation = documentation
        self.watch: Callable[[], float] | None = None
        self._value = 0.0
        INSTRUMENTS.append(self)

    def add(self, amount: float) -> None:
        """Add an amount, which may be negative."""
        with _lock:
            self._value += amount

    def read(self) -> Iterator[Measurement]:
        """Return the value."""
        yield "", {}, float(self.watch() if self.watch else self._value)


class _Distribution:
    """One series of a histogram: how many values fell between two bounds, and their sum."""

    __slots__ = ("counts", "created", "total")

    def __init__(self, bounds: int) -> None:
        self.counts = [0] * (bounds + 1)
        self.total = 0.0
        self.created = time.time()


class Histogram:
    """The distribution of values over buckets; ``bounds`` are the upper bounds of all buckets but the last."""

    kind = "histogram"

    def __init__(self, name: str, documentation: str, labels: Sequence[str], *, bounds: Sequence[float]) -> None:
        self.name = name
        self.documentation = documentation
        self._labels = labels
        self._bounds = bounds
        self._series: dict[tuple[str, ...], _Distribution] = {}
        INSTRUMENTS.append(self)

    def observe(self, value: float, *label_values: str) -> None:
        """Add one value."""
        bucket = bisect_left(self._bounds, value)
        with _lock:
            series = self._series.get(label_values)
            if series is None:
                series = self._series[label_values] = _Distribution(len(self._bounds))
            series.counts[bucket] += 1
            series.total += value

    def read(self) -> Iterator[Measurement]:
        """Return the buckets of each series, which are cumulative, its count, its sum and the time it began."""
        with _lock:
            found = [
                (values, series.counts.copy(), series.total, series.created) for values, series in self._series.items()
            ]
        names = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        for label_values, counts, total, created in found:
            labels = dict(zip(self._labels, label_values, strict=True))
            below = 0
            for name, count in zip(names, counts, strict=True):
                below += count
                yield "_bucket", {**labels, "le": name}, float(below)
            yield "_count", labels, float(below)
            yield "_sum", labels, total
            yield "_created", labels, created
