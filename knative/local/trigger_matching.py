"""Find the functions that subscribe to an event, by the triggers in ``functions.yaml``."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from events.trigger import matches_trigger
from knative.function_list import FunctionList

_ANY_TYPE: Final = ""
"""The key of the triggers that do not name a type. No event has an empty type."""


class _Subscription(NamedTuple):
    position: int
    function: str
    trigger: Mapping[str, str]


class TriggerTable:
    """The triggers of all functions by the type of event, because nearly every trigger names one."""

    def __init__(self, functions: FunctionList) -> None:
        self._by_type: dict[str, list[_Subscription]] = {}
        triggers = [(function.name, trigger) for function in functions.functions for trigger in function.triggers]
        for position, (name, trigger) in enumerate(triggers):
            same_type = self._by_type.setdefault(trigger.get("type", _ANY_TYPE), [])
            same_type.append(_Subscription(position, name, trigger))

    def find_subscribers(self, attributes: Mapping[str, str]) -> list[str]:
        """Return one function's name for each matching trigger, in the order of ``functions.yaml``.

        As in Knative, two matching triggers of a function deliver the event twice.
        """
        candidates = self._by_type.get(attributes["type"], []) + self._by_type.get(_ANY_TYPE, [])
        return [name for _, name, trigger in sorted(candidates) if matches_trigger(trigger, attributes)]
