"""Counts the events that the Broker could not deliver."""

from functions.chassis.telemetry.instruments import Counter

_dead_letters = Counter("todo_dead_letters_kept", "Events that could not be delivered", ["type"])


def count_dead_letter(event_type: str) -> None:
    """Count a stored dead letter; a dead letter that arrives twice counts twice."""
    _dead_letters.count(event_type)
