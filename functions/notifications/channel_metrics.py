"""Counts attempts to deliver through a type of channel, and its circuit breakers' changes of state."""

from prometheus_client import Counter

from functions.chassis.telemetry.metrics import registry

_breakers = Counter(
    "todo_channel_breaker_changes", "Changes of channels' circuit breakers", ["channel", "state"], registry=registry
)
_attempts = Counter(
    "todo_channel_attempts", "Attempts to deliver a notification", ["channel", "outcome"], registry=registry
)


def count_breaker_change(channel: str, state: str) -> None:
    """Count a breaker of a type of channel that became ``open``, ``halfOpen`` or ``closed``; its host is no label."""
    _breakers.labels(channel, state).inc()


def count_channel_attempt(channel: str, outcome: str) -> None:
    """Count an attempt by a type of channel: ``delivered``, or ``failed``, also if a breaker prevented the attempt."""
    _attempts.labels(channel, outcome).inc()
