"""Finding the subscribers of an event."""

from knative.local.trigger_matching import TriggerTable
from tests.unit.knative.scripted_functions import function_entry, function_list


def test_each_matching_trigger_counts() -> None:
    """A function with two matching triggers gets the event twice, as from two Triggers of Knative."""
    functions = function_list(
        function_entry("one", triggers=[{"type": "a"}, {"type": "b"}]),
        function_entry("two", triggers=[{"type": "a"}, {"audited": "true"}]),
        function_entry("three", triggers=[{"type": "a", "audited": "false"}]),
    )
    subscribers = TriggerTable(functions).find_subscribers({"type": "a", "audited": "true"})
    assert subscribers == ["one", "two", "two"]


def test_a_trigger_may_match_any_type() -> None:
    """The order of the functions stays that of the list."""
    functions = function_list(
        function_entry("one", triggers=[{"audited": "true"}]), function_entry("two", triggers=[{"type": "a"}])
    )
    table = TriggerTable(functions)
    assert table.find_subscribers({"type": "a", "audited": "true"}) == ["one", "two"]
    assert table.find_subscribers({"type": "b", "audited": "true"}) == ["one"]
    assert table.find_subscribers({"type": "b"}) == []
