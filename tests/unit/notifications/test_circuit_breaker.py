"""When a host that fails is left alone."""

from datetime import timedelta

from functions.notifications.circuit_breaker import FAILURE_LIMIT, LONGEST_PAUSE, PROBE_TIME, SHORTEST_PAUSE, Breaker
from tests.samples import NOON


def failed(breaker: Breaker, times: int) -> Breaker:
    """Return a breaker after failures at noon."""
    for _ in range(times):
        breaker = breaker.record_failure(NOON)
    return breaker


def test_it_opens_at_the_limit() -> None:
    """Up to that it is closed; then open for the shortest pause, and half-open after it."""
    assert failed(Breaker(), FAILURE_LIMIT - 1).state(NOON) == "closed"
    opened = failed(Breaker(), FAILURE_LIMIT)
    assert opened.state(NOON) == "open"
    assert opened.state(NOON + SHORTEST_PAUSE - timedelta(microseconds=1)) == "open"
    assert opened.state(NOON + SHORTEST_PAUSE) == "halfOpen"


def test_one_at_a_time_tries_a_half_open_one() -> None:
    """For others it is open meanwhile, and half-open again where that one never said what came of it."""
    later = NOON + SHORTEST_PAUSE
    probed = failed(Breaker(), FAILURE_LIMIT).start_probe(later)
    assert (probed.state(later), probed.state(later + PROBE_TIME)) == ("open", "halfOpen")


def test_each_further_opening_is_twice_as_long_up_to_the_longest() -> None:
    """A host that is down for a day is not asked every half minute."""
    breaker = failed(Breaker(), FAILURE_LIMIT)
    pauses = []
    for _ in range(8):
        assert breaker.until is not None
        pauses.append(breaker.until - NOON)
        breaker = breaker.record_failure(NOON)
    assert pauses[:3] == [SHORTEST_PAUSE, SHORTEST_PAUSE * 2, SHORTEST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE
