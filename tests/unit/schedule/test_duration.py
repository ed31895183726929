"""Reading durations, and adding them to instants."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.schedule.duration import CalendarDuration, add_duration, parse_duration, subtract_duration

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
def test_days_and_elapsed_time_are_parsed_apart(text: str, days: int, exact: timedelta) -> None:
    """Weeks and days count on the wall clock, the rest is elapsed time (RFC 5545, section 3.3.6)."""
    assert parse_duration(text) == CalendarDuration(days, exact)


def test_text_that_is_no_duration_is_rejected() -> None:
    """The ValueError shows an example of a duration."""
    with pytest.raises(ValueError, match="ISO 8601 duration"):
        parse_duration("half an hour")


@given(moment=moments, zone=zones, seconds=st.integers(0, 10**7))
def test_a_duration_without_days_is_elapsed_time(moment: datetime, zone: ZoneInfo, seconds: int) -> None:
    """This holds in every zone, also across clock changes."""
    duration = parse_duration(f"PT{seconds}S")
    assert moment - subtract_duration(moment, duration, zone) == timedelta(seconds=seconds)
    assert add_duration(moment, duration, zone) - moment == timedelta(seconds=seconds)


@given(moment=moments, zone=zones, days=st.integers(1, 9999))
def test_a_day_preserves_the_wall_clock_time(moment: datetime, zone: ZoneInfo, days: int) -> None:
    """Some days earlier the clock shows the same time, unless a gap skips that time."""
    shown = moment.astimezone(zone).replace(tzinfo=None)
    result = subtract_duration(moment, CalendarDuration(days, timedelta()), zone).astimezone(zone)
    wall = result.replace(tzinfo=None)
    skipped = wall - (shown - timedelta(days=days))
    assert timedelta() <= skipped <= timedelta(hours=1)
    assert result.fold == 0 or skipped
    if skipped:
        # The expected time is in a gap: the clock never shows it.
        wanted = (shown - timedelta(days=days)).replace(tzinfo=zone)
        assert wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wanted.replace(tzinfo=None)
