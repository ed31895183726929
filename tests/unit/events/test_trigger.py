"""Tests of matching an event with a trigger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.trigger import matches_trigger

ATTRIBUTES = st.dictionaries(st.sampled_from(["type", "source", "audited", "x"]), st.sampled_from(["", "true", "a"]))


@given(ATTRIBUTES, ATTRIBUTES)
def test_a_trigger_matches_if_the_event_has_all_its_attributes(trigger: dict[str, str], event: dict[str, str]) -> None:
    """Values are compared exactly. Other attributes of the event do not matter."""
    assert matches_trigger(trigger, event) == (trigger.items() <= event.items())


@pytest.mark.parametrize(("event", "matches"), [({}, True), ({"x": "false"}, True), ({"x": "true"}, False)])
def test_an_excluded_value_may_be_absent(event: dict[str, str], *, matches: bool) -> None:
    """A value after ``!`` is the only one that does not match."""
    assert matches_trigger({"type": "a", "x": "!true"}, {"type": "a", **event}) == matches
    assert not matches_trigger({"type": "a", "x": "!true"}, {"type": "b", **event})
