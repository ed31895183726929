"""Find the functions that subscribe to an event, by the triggers in ``functions.yaml``."""

from collections.abc import Mapping

from knative.function_list import Function, FunctionList


def is_match(trigger: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    """Return whether an event has every attribute of a trigger with exactly its value.

    For example, ``{"type": "todo.TaskCreated", "reminders": "true"}`` matches created tasks with reminders. A value
    after ``!`` is excluded: ``{"concluded": "!true"}`` matches every event whose ``concluded`` is not ``true``.
    """
    return all(
        attributes.get(name) != value[1:] if value.startswith("!") else attributes.get(name) == value
        for name, value in trigger.items()
    )


def find_subscribers(functions: FunctionList, attributes: Mapping[str, str]) -> list[Function]:
    """Return one function for each matching trigger. As in Knative, two of them deliver the event twice."""
    return [
        function for function in functions.functions for trigger in function.triggers if is_match(trigger, attributes)
    ]
