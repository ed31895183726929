"""Tests of the order in which users take turns."""

from datetime import timedelta

from functions.delivery.turns import DueEvents, order_in_turns
from tests.samples import NOON


def due_events(user_id: str, *event_ids: str, second: int = 0) -> DueEvents:
    """Return a user's events, the oldest due at a second after noon."""
    return DueEvents(user_id, NOON + timedelta(seconds=second), event_ids)


def test_each_turn_has_one_event_of_each_user() -> None:
    """Each user's events stay in their order, and a user with few events waits for no other user's rest."""
    waiting = [due_events("ann", "a1", "a2", "a3", "a4"), due_events("bob", "b1"), due_events("eve", "e1", "e2")]
    turns = list(order_in_turns(waiting, current=0, taken={}))
    assert [turn.event_id for turn in turns] == ["a1", "b1", "e1", "a2", "e2", "a3", "a4"]
    assert [turn.number for turn in turns] == [0, 0, 0, 1, 1, 2, 3]


def test_the_user_with_the_oldest_event_begins() -> None:
    """Within a turn, users are ordered by the due time of their oldest event."""
    waiting = [due_events("ann", "a1", second=9), due_events("bob", "b1", second=1), due_events("eve", "e1", second=5)]
    assert [turn.event_id for turn in order_in_turns(waiting, current=0, taken={})] == ["b1", "e1", "a1"]


def test_a_user_who_has_taken_the_turn_waits_for_the_next() -> None:
    """A new ranking continues the turn: the users who have not taken it come first."""
    waiting = [due_events("ann", "a8", "a9"), due_events("bob", "b1", "b2", second=5)]
    turns = list(order_in_turns(waiting, current=7, taken={"ann": 7}))
    assert [(turn.number, turn.event_id) for turn in turns] == [(7, "b1"), (8, "a8"), (8, "b2"), (9, "a9")]


def test_a_user_who_was_away_does_not_catch_up() -> None:
    """Turns that a user missed are gone: a newcomer gets one event a turn, as the others do."""
    waiting = [due_events("ann", "a1", "a2", second=1), due_events("bob", "b1", "b2", second=2)]
    turns = order_in_turns(waiting, current=50, taken={"ann": 49, "bob": 3})
    assert [turn.event_id for turn in turns] == ["a1", "b1", "a2", "b2"]


def test_nothing_is_ordered_without_events() -> None:
    """Without events there is no turn."""
    assert list(order_in_turns([], current=0, taken={})) == []
