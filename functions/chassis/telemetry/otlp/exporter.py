"""Exports ended spans and the current metrics to a collector, in a background thread."""

import threading
import time
from collections import deque
from typing import Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from functions.chassis.telemetry.logs import get_logger
from functions.chassis.telemetry.otlp.collector_client import CollectorClient
from functions.chassis.telemetry.otlp.metrics_encoder import MetricsEncoder

QUEUE_LIMIT: Final = 2048
"""The number of spans that wait for export. If more spans end than the collector accepts, the oldest are dropped."""

BATCH_SIZE: Final = 512
BATCH_DELAY_SECONDS: Final = 0.5
"""How long the first span of a batch waits for further spans."""

SHUTDOWN_SECONDS: Final = 3.0
"""How long a stopping instance waits for the collector, after the publisher has sent the committed events."""

log = get_logger(__name__)


class OtlpExporter(SpanProcessor):
    """Exports spans shortly after they end, and metrics every ``interval`` seconds; both again when it is closed.

    Without a ``metrics_encoder``, metrics are not exported.
    """

    def __init__(self, client: CollectorClient, metrics_encoder: MetricsEncoder | None, *, interval: float) -> None:
        self._client = client
        self._metrics_encoder = metrics_encoder
        self._interval = interval
        self._ended_spans: deque[ReadableSpan] = deque(maxlen=QUEUE_LIMIT)
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="telemetry", daemon=True)

    def start(self) -> None:
        """Start the thread. If the process has no room for a thread, only log a warning."""
        try:
            self._thread.start()
        except RuntimeError:
            log.warning("telemetry is not exported, because no thread can be started")

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span that has ended; returns at once."""
        self._ended_spans.append(span)
        self._wake.set()

    def close(self) -> None:
        """Export the queued spans and the metrics within ``SHUTDOWN_SECONDS``, and stop the thread."""
        self._client.limit_time(SHUTDOWN_SECONDS)
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(SHUTDOWN_SECONDS)

    def _work(self) -> None:
        metrics_due = time.monotonic() + self._interval
        while not self._closing.is_set():
            self._wake.wait(max(0.0, metrics_due - time.monotonic()))
            self._closing.wait(BATCH_DELAY_SECONDS)
            self._export_spans()
            if time.monotonic() >= metrics_due:
                self._export_metrics()
                metrics_due = time.monotonic() + self._interval
        self._export_spans()
        self._export_metrics()

    def _export_spans(self) -> None:
        self._wake.clear()
        while self._ended_spans:
            batch = [self._ended_spans.popleft() for _ in range(min(BATCH_SIZE, len(self._ended_spans)))]
            try:
                self._client.send("traces", encode_spans(batch).SerializeToString())
            except Exception:
                log.exception("spans could not be exported")

    def _export_metrics(self) -> None:
        if self._metrics_encoder is None:
            return
        try:
            if self._client.send("metrics", self._metrics_encoder.encode()):
                self._metrics_encoder.confirm_export()
        except Exception:
            log.exception("metrics could not be exported")
