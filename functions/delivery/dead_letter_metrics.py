"""Counts the events that the Broker could not deliver."""

from prometheus_client import Counter

from functions.chassis.telemetry.metrics import registry

_dead_letters = Counter("todo_dead_letters_kept", "Events that could not be delivered", ["type"], registry=registry)


def count_dead_letter(event_type: str) -> None:
    """Count a stored dead letter; a dead letter that arrives twice counts twice."""
    _dead_letters.labels(event_type).inc()
