"""When a host that fails is left alone."""

from datetime import timedelta

from functions.notifications.breaker import LIMIT, LONGEST, PROBE, SHORTEST, Breaker
from tests.samples import NOON


def failed(breaker: Breaker, times: int) -> Breaker:
    """Return a breaker after failures at noon."""
    for _ in range(times):
        breaker = breaker.after_failure(NOON)
    return breaker


def test_it_opens_at_the_limit() -> None:
    """Up to that it is closed; then open for the shortest pause, and half-open after it."""
    assert failed(Breaker(), LIMIT - 1).state(NOON) == "closed"
    opened = failed(Breaker(), LIMIT)
    assert opened.state(NOON) == "open"
    assert opened.state(NOON + SHORTEST - timedelta(microseconds=1)) == "open"
    assert opened.state(NOON + SHORTEST) == "halfOpen"


def test_one_at_a_time_tries_a_half_open_one() -> None:
    """For others it is open meanwhile, and half-open again where that one never said what came of it."""
    later = NOON + SHORTEST
    probed = failed(Breaker(), LIMIT).probing(later)
    assert (probed.state(later), probed.state(later + PROBE)) == ("open", "halfOpen")


def test_each_further_opening_is_twice_as_long_up_to_the_longest() -> None:
    """A host that is down for a day is not asked every half minute."""
    breaker = failed(Breaker(), LIMIT)
    pauses = []
    for _ in range(8):
        assert breaker.until is not None
        pauses.append(breaker.until - NOON)
        breaker = breaker.after_failure(NOON)
    assert pauses[:3] == [SHORTEST, SHORTEST * 2, SHORTEST * 4]
    assert pauses[-1] == LONGEST
