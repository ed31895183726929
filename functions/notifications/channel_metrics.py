"""Metrics of channels: attempts to deliver, and state changes of circuit breakers."""

from functions.chassis.telemetry.instruments import Counter

_breakers = Counter("todo_channel_breaker_changes", "Changes of channels' circuit breakers", ["channel", "state"])
_attempts = Counter("todo_channel_attempts", "Attempts to deliver a notification", ["channel", "outcome"])


def count_breaker_change(channel_type: str, state: str) -> None:
    """Count a breaker's change to ``open``, ``halfOpen`` or ``closed``. The host is not a label: users choose hosts."""
    _breakers.count(channel_type, state)


def count_channel_attempt(channel_type: str, outcome: str) -> None:
    """Count an attempt that was ``delivered`` or ``failed``. One that an open breaker prevented counts as failed."""
    _attempts.count(channel_type, outcome)
