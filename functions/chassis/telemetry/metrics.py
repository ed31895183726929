"""The Prometheus metrics of every function. Labels have few values: never a user, an id, or anything a user wrote."""

from collections.abc import Callable

from functions.chassis.telemetry.instruments import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86400)

_requests = Counter("todo_http_requests", "Answered HTTP requests", ["method", "route", "status"])
_latency = Histogram("todo_http_request_seconds", "Time from request to answer", ["method", "route"], bounds=_SECONDS)
_errors = Counter("todo_errors", "Answers with a 5xx status", ["route"])
_active = Gauge("todo_active_connections", "HTTP requests in progress")
_database = Gauge("todo_database_connections", "Database connections in use")
_events = Counter("todo_events_handled", "Received events", ["type", "outcome"])
_processing = Histogram("todo_event_processing_seconds", "Time from event to answer", ["type"], bounds=_SECONDS)
_lateness = Histogram(
    "todo_event_lateness_seconds",
    "Time from an event's time, or due time, until it was handled",
    ["type"],
    bounds=_LATENESS,
)
_published = Counter("todo_events_published", "Events sent to the bus", ["type", "outcome"])


def record_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request and its duration. ``route`` is a template such as ``/tasks/<uuid:task_id>``."""
    _requests.count(method, route, str(status))
    _latency.observe(seconds, method, route)
    if status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        _errors.count(route)


def begin_request() -> None:
    """Count a request as in progress until :func:`end_request`."""
    _active.add(1)


def end_request() -> None:
    """Count a request as no longer in progress."""
    _active.add(-1)


def watch_connections_in_use(count: Callable[[], int]) -> None:
    """Call ``count`` for the number of database connections in use whenever metrics are read."""
    _database.watch = count


def record_handled_event(event_type: str, outcome: str, seconds: float, lateness_seconds: float) -> None:
    """Count a received event by its outcome, the time its handling took, and the time since it was due."""
    _events.count(event_type, outcome)
    _processing.observe(seconds, event_type)
    _lateness.observe(max(0.0, lateness_seconds), event_type)


def record_published_event(event_type: str, outcome: str) -> None:
    """Count an event that was sent to the bus. ``outcome`` is ``sent`` or ``failed``."""
    _published.count(event_type, outcome)


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics in Prometheus' text format, and its content type."""
    from functions.chassis.telemetry.prometheus_registry import render_registry  # noqa: PLC0415 - imported on use only

    return render_registry()
