"""When an attempt is made again, and until when."""

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
    """Each delay is between four fifths of the doubled one and the longest one."""
    delay = compute_retry_delay(attempt, identifier)
    full = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    assert delay is not None
    assert full * 0.8 <= delay <= full


@given(st.uuids())
def test_attempts_end_after_most_of_a_day(identifier: UUID) -> None:
    """After the last attempt there is no delay."""
    delays = [compute_retry_delay(attempt, identifier) for attempt in range(1, MAX_ATTEMPTS + 1)]
    *waits, last = delays
    assert last is None
    assert timedelta(hours=16) < sum((wait for wait in waits if wait), timedelta()) < timedelta(hours=24)


@given(st.uuids())
def test_the_same_attempt_always_has_the_same_delay(identifier: UUID) -> None:
    """A repeated event computes the same moment."""
    first, second = (compute_retry_delay(3, identifier) for _ in range(2))
    assert first == second


def test_notifications_have_different_delays() -> None:
    """They do not retry at the same time."""
    waits = {compute_retry_delay(5, UUID(int=number)) for number in range(50)}
    assert len(waits) > 25


def test_a_receiver_may_request_a_longer_delay() -> None:
    """A longer delay is respected up to the longest one, and adds no attempt."""
    plain = compute_retry_delay(1, UUID(int=1))
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(seconds=1)) == plain
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(minutes=10)) == timedelta(minutes=10)
    assert compute_retry_delay(1, UUID(int=1), requested=timedelta(days=400)) == LONGEST_DELAY
    assert compute_retry_delay(MAX_ATTEMPTS, UUID(int=1), requested=timedelta(minutes=10)) is None


@pytest.mark.parametrize("moment", [NOON - timedelta(days=1), NOON])
def test_the_latest_moment_is_in_time(moment: datetime) -> None:
    """A notification may be sent until then."""
    assert explain_lateness(NOON, moment) is None


def test_after_the_latest_moment_it_is_too_late() -> None:
    """The reason contains the moment."""
    assert explain_lateness(NOON, NOON + TICK) == "too late: it could be sent until 2026-03-02T12:00:00+00:00"


def test_without_a_latest_moment_it_is_never_too_late() -> None:
    """Even after thousands of days."""
    assert explain_lateness(None, NOON + timedelta(days=10_000)) is None
