"""Matches the attributes of an event with a trigger, as functions.yaml writes it and Knative filters it."""

from collections.abc import Mapping


def matches_trigger(trigger: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    """Return whether an event has every attribute of a trigger with exactly its value.

    For example, ``{"type": "todo.TaskCreated", "reminders": "true"}`` matches created tasks with reminders. A value
    after ``!`` is excluded: ``{"concluded": "!true"}`` matches every event whose ``concluded`` is not ``true``.
    """
    return all(
        attributes.get(name) != value[1:] if value.startswith("!") else attributes.get(name) == value
        for name, value in trigger.items()
    )
