"""The Prometheus metrics of every function. Labels have few values: never a user, an id, or anything a user wrote."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

registry = CollectorRegistry()
"""The registry of all metrics, also those of the domains. ``/metrics`` and the OTLP export read it."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86400)

_requests = Counter("todo_http_requests", "Answered HTTP requests", ["method", "route", "status"], registry=registry)
_latency = Histogram(
    "todo_http_request_seconds", "Time from request to answer", ["method", "route"], buckets=_SECONDS, registry=registry
)
_errors = Counter("todo_errors", "Answers with a 5xx status", ["route"], registry=registry)
_active = Gauge("todo_active_connections", "HTTP requests in progress", registry=registry)
_database = Gauge("todo_database_connections", "Database connections in use", registry=registry)
_events = Counter("todo_events_handled", "Received events", ["type", "outcome"], registry=registry)
_processing = Histogram(
    "todo_event_processing_seconds", "Time from event to answer", ["type"], buckets=_SECONDS, registry=registry
)
_lateness = Histogram(
    "todo_event_lateness_seconds",
    "Time from an event's time, or due time, until it was handled",
    ["type"],
    buckets=_LATENESS,
    registry=registry,
)
_published = Counter("todo_events_published", "Events sent to the bus", ["type", "outcome"], registry=registry)


def record_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request and its duration. ``route`` is a template such as ``/tasks/<uuid:task_id>``."""
    _requests.labels(method, route, str(status)).inc()
    _latency.labels(method, route).observe(seconds)
    if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        _errors.labels(route).inc()


@contextmanager
def track_active_request() -> Iterator[None]:
    """Count a request as in progress while the block runs."""
    with _active.track_inprogress():
        yield


def watch_connections_in_use(count: Callable[[], int]) -> None:
    """Call ``count`` for the number of database connections in use whenever metrics are read."""
    _database.set_function(count)


def record_handled_event(event_type: str, outcome: str, seconds: float, lateness_seconds: float) -> None:
    """Count a received event by its outcome, the time its handling took, and the time since it was due."""
    _events.labels(event_type, outcome).inc()
    _processing.labels(event_type).observe(seconds)
    _lateness.labels(event_type).observe(max(0.0, lateness_seconds))


def record_published_event(event_type: str, outcome: str) -> None:
    """Count an event that was sent to the bus. ``outcome`` is ``sent`` or ``failed``."""
    _published.labels(event_type, outcome).inc()


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics in Prometheus' text format, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
