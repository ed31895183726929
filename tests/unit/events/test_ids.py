"""Tests of identifiers."""

from hypothesis import given
from hypothesis import strategies as st

from events.ids import derived_id, new_id

PARTS = st.lists(st.text(max_size=5), max_size=4)


def test_new_ids_are_version_seven_and_differ() -> None:
    """New ids are UUIDv7 and sort by the time of their creation."""
    ids = [new_id() for _ in range(100)]
    assert {one.version for one in ids} == {7}
    assert sorted(set(ids)) == ids


@given(PARTS, PARTS)
def test_derived_ids_depend_only_on_the_cause(one: list[str], other: list[str]) -> None:
    """The same cause has the same id, and different causes have different ids."""
    assert (derived_id(*one) == derived_id(*other)) == (one == other)
    assert derived_id(*one).version == 5
