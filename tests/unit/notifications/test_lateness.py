"""How late something may still be sent."""

from datetime import datetime, timedelta

import pytest

from functions.notifications.lateness import too_late
from tests.samples import NOON

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("moment", [NOON - timedelta(days=1), NOON])
def test_up_to_the_last_moment_it_may(moment: datetime) -> None:
    """The last moment is in time."""
    assert too_late(NOON, moment) is None


def test_after_the_last_moment_it_may_not() -> None:
    """The reason says which that was."""
    assert too_late(NOON, NOON + TICK) == "too late: it could be sent until 2026-03-02T12:00:00+00:00"


def test_what_has_no_last_moment_is_never_too_late() -> None:
    """However late."""
    assert too_late(None, NOON + timedelta(days=10_000)) is None
