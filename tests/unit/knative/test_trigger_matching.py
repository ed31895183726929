"""Finding the subscribers of an event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knative.local.trigger_matching import TriggerTable, is_match
from tests.unit.knative.scripted_functions import function_entry, function_list

ATTRIBUTES = st.dictionaries(st.sampled_from(["type", "source", "audited", "x"]), st.sampled_from(["", "true", "a"]))


@given(ATTRIBUTES, ATTRIBUTES)
def test_a_trigger_matches_if_the_event_has_all_its_attributes(trigger: dict[str, str], event: dict[str, str]) -> None:
    """Values are compared exactly. Other attributes of the event do not matter."""
    assert is_match(trigger, event) == (trigger.items() <= event.items())


@pytest.mark.parametrize(("event", "matches"), [({}, True), ({"x": "false"}, True), ({"x": "true"}, False)])
def test_an_excluded_value_may_be_absent(event: dict[str, str], *, matches: bool) -> None:
    """A value after ``!`` is the only one that does not match."""
    assert is_match({"type": "a", "x": "!true"}, {"type": "a", **event}) == matches
    assert not is_match({"type": "a", "x": "!true"}, {"type": "b", **event})


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
