"""When a channel is tried again."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notifications.retry_schedule import (
    FIRST_DELAY,
    LONGEST_DELAY,
    MAX_ATTEMPTS,
    compute_retry_delay,
    explain_lateness,
)
from tests.samples import NOON

TICK = timedelta(microseconds=1)


@given(st.uuids(), st.integers(1, MAX_ATTEMPTS - 1))
def test_delays_grow_within_their_bounds(identifier: UUID, attempt: int) -> None:
    """Each delay is at least four fifths of the doubled one, and never longer than the longest."""
    delay = compute_retry_delay(attempt, identifier)
    full = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    assert delay is not None
    assert full * 0.8 <= delay <= full


@given(st.uuids())
def test_a_channel_is_tried_for_most_of_a_day_and_then_given_up(identifier: UUID) -> None:
    """All delays together are most of a day, and after the last attempt there is none."""
    delays = [compute_retry_delay(attempt, identifier) for attempt in range(1, MAX_ATTEMPTS + 1)]
    *waits, last = delays
    assert last is None
    assert timedelta(hours=16) < sum((wait for wait in waits if wait), timedelta()) < timedelta(hours=24)


@given(st.uuids())
def test_the_same_attempt_always_waits_as_long(identifier: UUID) -> None:
    """A repeat computes the same moment, so that it asks for the same thing."""
    first, second = (compute_retry_delay(3, identifier) for _ in range(2))
    assert first == second


def test_notifications_do_not_wait_in_step() -> None:
    """Different notifications are spread."""
    waits = {compute_retry_delay(5, UUID(int=number)) for number in range(50)}
    assert len(waits) > 25


def test_a_receiver_may_ask_for_more() -> None:
    """What it asks for is kept to where it is longer than the delay, up to the longest, and never tries once more."""
    plain = compute_retry_delay(1, UUID(int=1))
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(seconds=1)) == plain
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(minutes=10)) == timedelta(minutes=10)
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(days=400)) == LONGEST_DELAY
    assert compute_retry_delay(MAX_ATTEMPTS, UUID(int=1), requested=timedelta(minutes=10)) is None


@pytest.mark.parametrize("moment", [NOON - timedelta(days=1), NOON])
def test_up_to_the_last_moment_it_may(moment: datetime) -> None:
    """The last moment is in time."""
    assert explain_lateness(NOON, moment) is None


def test_after_the_last_moment_it_may_not() -> None:
    """The reason says which that was."""
    assert explain_lateness(NOON, NOON + TICK) == "too late: it could be sent until 2026-03-02T12:00:00+00:00"


def test_what_has_no_last_moment_is_never_explain_lateness() -> None:
    """However late."""
    assert explain_lateness(None, NOON + timedelta(days=10_000)) is None
