"""Metrics for Prometheus. Labels name kinds of things only: never a user, an id, or anything a user wrote."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

registry = CollectorRegistry()
"""Where they are kept; whoever shows or pushes them reads them here."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86400)

_requests = Counter("todo_http_requests", "Requests answered", ["method", "route", "status"], registry=registry)
_latency = Histogram(
    "todo_http_request_seconds", "From request to answer", ["method", "route"], buckets=_SECONDS, registry=registry
)
_errors = Counter("todo_errors", "Answers that are our fault: 5xx", ["route"], registry=registry)
_active = Gauge("todo_active_connections", "Requests being handled", registry=registry)
_database = Gauge("todo_database_connections", "Database connections in use", registry=registry)
_events = Counter("todo_events_handled", "Events that came in", ["type", "outcome"], registry=registry)
_processing = Histogram(
    "todo_event_processing_seconds", "From event to answer", ["type"], buckets=_SECONDS, registry=registry
)
_lateness = Histogram(
    "todo_event_lateness_seconds",
    "From the time an event was said, or due, to its handling",
    ["type"],
    buckets=_LATENESS,
    registry=registry,
)
_published = Counter("todo_events_published", "Events that went out", ["type", "outcome"], registry=registry)


def served(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer; ``route`` is the path's template."""
    _requests.labels(method, route, str(status)).inc()
    _latency.labels(method, route).observe(seconds)
    if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        _errors.labels(route).inc()


@contextmanager
def in_flight() -> Iterator[None]:
    """Count a request as active while the block runs."""
    with _active.track_inprogress():
        yield


def set_connections_in_use(count: Callable[[], int]) -> None:
    """Ask ``count`` for the database connections in use whenever metrics are read."""
    _database.set_function(count)


def handled(event_type: str, outcome: str, seconds: float, lateness_seconds: float) -> None:
    """Count an event that came in: what became of it, how long that took, and how long after its time it was."""
    _events.labels(event_type, outcome).inc()
    _processing.labels(event_type).observe(seconds)
    _lateness.labels(event_type).observe(max(0.0, lateness_seconds))


def published(event_type: str, outcome: str) -> None:
    """Count an event that went out, or that the bus did not take."""
    _published.labels(event_type, outcome).inc()


def exposition() -> tuple[bytes, str]:
    """Return everything in Prometheus' text format, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
