"""When a channel is tried again."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from functions.notifications.retries import ATTEMPTS, FIRST, LONGEST, delay_after


@given(st.uuids(), st.integers(1, ATTEMPTS - 1))
def test_delays_grow_within_their_bounds(identifier: UUID, attempt: int) -> None:
    """Each delay is at least four fifths of the doubled one, and never longer than the longest."""
    delay = delay_after(attempt, identifier)
    full = min(FIRST * 2 ** (attempt - 1), LONGEST)
    assert delay is not None
    assert full * 0.8 <= delay <= full


@given(st.uuids())
def test_a_channel_is_tried_for_most_of_a_day_and_then_given_up(identifier: UUID) -> None:
    """All delays together are most of a day, and after the last attempt there is none."""
    delays = [delay_after(attempt, identifier) for attempt in range(1, ATTEMPTS + 1)]
    *waits, last = delays
    assert last is None
    assert timedelta(hours=16) < sum((wait for wait in waits if wait), timedelta()) < timedelta(hours=24)


@given(st.uuids())
def test_the_same_attempt_always_waits_as_long(identifier: UUID) -> None:
    """A repeat computes the same moment, so that it asks for the same thing."""
    first, second = (delay_after(3, identifier) for _ in range(2))
    assert first == second


def test_notifications_do_not_wait_in_step() -> None:
    """Different notifications are spread."""
    waits = {delay_after(5, UUID(int=number)) for number in range(50)}
    assert len(waits) > 25


def test_a_receiver_may_ask_for_more() -> None:
    """What it asks for is kept to where it is longer than the delay, up to the longest, and never tries once more."""
    plain = delay_after(1, UUID(int=1))
    assert delay_after(1, UUID(int=1), asked=timedelta(seconds=1)) == plain
    assert delay_after(1, UUID(int=1), asked=timedelta(minutes=10)) == timedelta(minutes=10)
    assert delay_after(1, UUID(int=1), asked=timedelta(days=400)) == LONGEST
    assert delay_after(ATTEMPTS, UUID(int=1), asked=timedelta(minutes=10)) is None
