"""Pushing what was traced and counted to a collector, from a thread of its own that nobody waits for."""

import threading
import time
from collections import deque
from typing import Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.otlp.collector import Collector
from functions.chassis.telemetry.otlp.readings import Readings

WAITING_LIMIT: Final = 2048
"""How many spans may wait. Where more come than the collector takes, the oldest are lost."""

BATCH: Final = 512
LINGER_SECONDS: Final = 0.5
"""How long the first span of a batch waits for others."""

FLUSH_SECONDS: Final = 3.0
"""How long an instance that was told to stop waits for the collector, after it has published what it committed."""

log = get_logger(__name__)


class Pusher(SpanProcessor):
    """Sends spans soon after they ended, and metrics at an interval; both once more when it is closed.

    ``readings`` is None where metrics are not pushed. Not OpenTelemetry's own batch processor: that has a thread for
    spans alone, begins it before gunicorn forks, and takes up to half a minute to close.
    """

    def __init__(self, collector: Collector, readings: Readings | None, *, interval: float) -> None:
        self._collector = collector
        self._readings = readings
        self._interval = interval
        self._ended: deque[ReadableSpan] = deque(maxlen=WAITING_LIMIT)
        self._something = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="telemetry", daemon=True)

    def start(self) -> None:
        """Begin to push; where the process may have no more threads, it goes on without."""
        try:
            self._thread.start()
        except RuntimeError:
            log.warning("telemetry is not pushed, as no thread can be started for it")

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended; returns at once."""
        self._ended.append(span)
        self._something.set()

    def close(self) -> None:
        """Push what is left, in three seconds at most, and stop."""
        self._collector.hurry(FLUSH_SECONDS)
        self._closing.set()
        self._something.set()
        if self._thread.is_alive():
            self._thread.join(FLUSH_SECONDS)

    def _work(self) -> None:
        due = time.monotonic() + self._interval
        while not self._closing.is_set():
            self._something.wait(max(0.0, due - time.monotonic()))
            self._closing.wait(LINGER_SECONDS)
            self._push_spans()
            if time.monotonic() >= due:
                self._push_metrics()
                due = time.monotonic() + self._interval
        self._push_spans()
        self._push_metrics()

    def _push_spans(self) -> None:
        self._something.clear()
        while self._ended:
            batch = [self._ended.popleft() for _ in range(min(BATCH, len(self._ended)))]
            try:
                self._collector.take("traces", encode_spans(batch).SerializeToString())
            except Exception:
                log.exception("spans could not be pushed")

    def _push_metrics(self) -> None:
        if self._readings is None:
            return
        try:
            body = self._readings.encode()
            if self._collector.take("metrics", body):
                self._readings.taken()
        except Exception:
            log.exception("metrics could not be pushed")
