"""The states of a circuit breaker."""

from datetime import timedelta

from functions.notifications.circuit_breaker import FAILURE_LIMIT, LONGEST_PAUSE, PROBE_TIME, SHORTEST_PAUSE, Breaker
from tests.samples import NOON


def fail(breaker: Breaker, times: int) -> Breaker:
    """Return a breaker after a number of failures at noon."""
    for _ in range(times):
        breaker = breaker.record_failure(NOON)
    return breaker


def test_a_breaker_opens_at_the_limit() -> None:
    """It opens for the shortest pause, and is half-open afterwards."""
    assert fail(Breaker(), FAILURE_LIMIT - 1).state(NOON) == "closed"
    opened = fail(Breaker(), FAILURE_LIMIT)
    assert opened.state(NOON) == "open"
    assert opened.state(NOON + SHORTEST_PAUSE - timedelta(microseconds=1)) == "open"
    assert opened.state(NOON + SHORTEST_PAUSE) == "halfOpen"


def test_a_half_open_breaker_allows_one_attempt() -> None:
    """It is open for others meanwhile, and half-open again if that attempt has no result."""
    later = NOON + SHORTEST_PAUSE
    probed = fail(Breaker(), FAILURE_LIMIT).start_probe(later)
    assert (probed.state(later), probed.state(later + PROBE_TIME)) == ("open", "halfOpen")


def test_pauses_double_up_to_the_longest() -> None:
    """A host that is down for a day is not tried every half minute."""
    breaker = fail(Breaker(), FAILURE_LIMIT)
    pauses = []
    for _ in range(8):
        assert breaker.until is not None
        pauses.append(breaker.until - NOON)
        breaker = breaker.record_failure(NOON)
    assert pauses[:3] == [SHORTEST_PAUSE, SHORTEST_PAUSE * 2, SHORTEST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE
