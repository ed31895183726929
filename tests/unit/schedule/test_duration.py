"""Durations on the wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.schedule.duration import CalendarDuration, add_duration, parse_duration, subtract_duration
from functions.schedule.wall_clock import to_instant

BERLIN = ZoneInfo("Europe/Berlin")
SOME_ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
]

moments = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
zones = st.sampled_from(SOME_ZONES)


@pytest.mark.parametrize(
    ("text", "days", "exact"),
    [
        ("PT30M", 0, timedelta(minutes=30)),
        ("P1D", 1, timedelta()),
        ("P2W", 14, timedelta()),
        ("P1DT2H3M4S", 1, timedelta(hours=2, minutes=3, seconds=4)),
        ("PT90S", 0, timedelta(seconds=90)),
        ("PT0S", 0, timedelta()),
    ],
)
def test_parse_keeps_days_apart_from_time(text: str, days: int, exact: timedelta) -> None:
    """Days are nominal and the rest is exact, as RFC 5545 has it."""
    assert parse_duration(text) == CalendarDuration(days, exact)


def test_only_what_has_no_length_is_nothing() -> None:
    """PT0S is nothing, PT1S is something, and so is P1D."""
    assert [parse_duration(text).is_nothing for text in ("PT0S", "PT1S", "P1D")] == [True, False, False]


def test_what_is_no_duration_is_refused() -> None:
    """A text that is no duration is a ValueError that says what one looks like."""
    with pytest.raises(ValueError, match="ISO 8601 duration"):
        parse_duration("half an hour")


def test_a_skipped_wall_time_moves_forward_by_the_gap() -> None:
    """02:30 does not exist in Berlin on 29 March 2026, and becomes 03:30."""
    moment = to_instant(datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001 - a wall-clock time
    assert moment == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    """02:30 comes twice in Berlin on 25 October 2026; the first is in summer time."""
    moment = to_instant(datetime(2026, 10, 25, 2, 30), BERLIN)  # noqa: DTZ001 - a wall-clock time
    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(moment=moments, zone=zones, seconds=st.integers(0, 10**7))
def test_without_days_the_wall_clock_does_not_matter(moment: datetime, zone: ZoneInfo, seconds: int) -> None:
    """An exact span is elapsed time in every zone, also across and within clock changes."""
    span = parse_duration(f"PT{seconds}S")
    assert moment - subtract_duration(moment, span, zone) == timedelta(seconds=seconds)
    assert add_duration(moment, span, zone) - moment == timedelta(seconds=seconds)


@given(moment=moments, zone=zones, days=st.integers(1, 9999))
def test_a_day_keeps_the_time_on_the_wall(moment: datetime, zone: ZoneInfo, days: int) -> None:
    """So many days earlier the clock on the wall shows the same, unless that time was skipped there."""
    shown = moment.astimezone(zone).replace(tzinfo=None)
    result = subtract_duration(moment, CalendarDuration(days, timedelta()), zone).astimezone(zone)
    wall = result.replace(tzinfo=None)
    skipped = wall - (shown - timedelta(days=days))
    assert timedelta() <= skipped <= timedelta(hours=1)
    assert result.fold == 0 or skipped
    if skipped:
        # The wanted time really is in a gap: no moment of the zone shows it.
        wanted = (shown - timedelta(days=days)).replace(tzinfo=zone)
        assert wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wanted.replace(tzinfo=None)
