"""Which functions hear an event."""

from collections.abc import Mapping

from knative.function_list import Function, FunctionList


def matches(trigger: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    """Tell whether every attribute that a trigger names is exactly as given (a Trigger's ``exact`` filter)."""
    return all(attributes.get(name) == wanted for name, wanted in trigger.items())


def hearers(functions: FunctionList, attributes: Mapping[str, str]) -> list[Function]:
    """Return a function for each trigger that matches, as each is a Trigger of its own to Knative."""
    return [
        function for function in functions.functions for trigger in function.triggers if matches(trigger, attributes)
    ]
