"""Converting wall-clock times to instants."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from functions.schedule.wall_clock import to_instant

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_skipped_wall_clock_time_moves_forward_by_the_gap() -> None:
    """02:30 does not exist in Berlin on 29 March 2026, and becomes 03:30."""
    moment = to_instant(datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001 - a wall-clock time
    assert moment == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


def test_a_repeated_wall_clock_time_is_the_first() -> None:
    """02:30 occurs twice in Berlin on 25 October 2026; the first is in summer time."""
    moment = to_instant(datetime(2026, 10, 25, 2, 30), BERLIN)  # noqa: DTZ001 - a wall-clock time
    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_instants_are_in_utc() -> None:
    """The result has the time zone UTC."""
    moment = to_instant(datetime.fromisoformat("2026-07-01T09:00"), BERLIN)
    assert (moment, moment.tzinfo) == (datetime(2026, 7, 1, 7, tzinfo=UTC), UTC)
