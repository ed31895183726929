"""Which functions hear an event."""

from hypothesis import given
from hypothesis import strategies as st

from knative.local.triggers import hearers, matches
from tests.unit.knative.samples import function, function_list

ATTRIBUTES = st.dictionaries(st.sampled_from(["type", "source", "audited", "x"]), st.sampled_from(["", "true", "a"]))


@given(ATTRIBUTES, ATTRIBUTES)
def test_a_trigger_matches_when_all_it_names_is_there(trigger: dict[str, str], event: dict[str, str]) -> None:
    """A match is exact on every attribute named, and blind to all others."""
    assert matches(trigger, event) == (trigger.items() <= event.items())


def test_each_matching_trigger_counts() -> None:
    """A function with two triggers that match hears an event twice, as from two Triggers of Knative's."""
    functions = function_list(
        function("one", triggers=[{"type": "a"}, {"type": "b"}]),
        function("two", triggers=[{"type": "a"}, {"audited": "true"}]),
        function("three", triggers=[{"type": "a", "audited": "false"}]),
    )
    heard = hearers(functions, {"type": "a", "audited": "true"})
    assert [one.name for one in heard] == ["one", "two", "two"]
