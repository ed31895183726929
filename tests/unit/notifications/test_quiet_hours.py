"""When quiet hours end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.notifications.quiet_hours import QuietHours, QuietWindow, find_quiet_end

BERLIN = "Europe/Berlin"


def quiet(*windows: str, zone: str = BERLIN) -> QuietHours:
    """Return quiet hours with windows like ``22:00 07:00 SA SU``."""
    parsed = []
    for window in windows:
        start, end, *days = window.split()
        parsed.append(QuietWindow.model_validate({"start": start, "end": end, "days": days or None}))
    return QuietHours(time_zone=zone, windows=parsed)


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def moment(seconds: int) -> datetime:
    """Return the moment a number of seconds after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("windows", "now", "end"),
    [
        (["22:00 07:00"], "2026-03-02T21:59:59+01:00", None),
        (["22:00 07:00"], "2026-03-02T22:00:00+01:00", "2026-03-03T07:00:00+01:00"),
        (["22:00 07:00"], "2026-03-03T03:00:00+01:00", "2026-03-03T07:00:00+01:00"),
        (["22:00 07:00"], "2026-03-03T07:00:00+01:00", None),
        (["13:00 14:00"], "2026-03-02T13:30:00+01:00", "2026-03-02T14:00:00+01:00"),
        # A window belongs to its first day: Friday's night includes Saturday morning, and Sunday's is not quiet.
        (["22:00 07:00 FR SA"], "2026-03-07T06:00:00+01:00", "2026-03-07T07:00:00+01:00"),
        (["22:00 07:00 FR SA"], "2026-03-08T23:00:00+01:00", None),
        # A whole weekend: two days in a row, then the first hours of Monday.
        (["00:00 00:00 SA SU"], "2026-03-07T12:00:00+01:00", "2026-03-09T00:00:00+01:00"),
        (["00:00 00:00 SA SU", "22:00 07:00"], "2026-03-06T23:00:00+01:00", "2026-03-09T07:00:00+01:00"),
        # The night in spring is an hour shorter, and the night in autumn an hour longer.
        (["22:00 07:00"], "2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        (["22:00 07:00"], "2026-10-24T22:00:00+02:00", "2026-10-25T07:00:00+01:00"),
        # 02:30 does not exist on 29 March. It moves forward to 03:30, as an end and as a start.
        (["22:00 02:30"], "2026-03-29T01:59:00+01:00", "2026-03-29T03:30:00+02:00"),
        (["02:30 03:15"], "2026-03-29T03:10:00+02:00", None),
        (["02:30 05:00"], "2026-03-29T03:30:00+02:00", "2026-03-29T05:00:00+02:00"),
        # 02:30 exists twice on 25 October. A start means the first one, and an end the second.
        (["22:00 02:30"], "2026-10-25T02:45:00+02:00", "2026-10-25T02:30:00+01:00"),
        (["02:30 05:00"], "2026-10-25T02:30:00+02:00", "2026-10-25T05:00:00+01:00"),
        (["02:30 05:00"], "2026-10-25T02:15:00+01:00", "2026-10-25T05:00:00+01:00"),
    ],
)
def test_quiet_hours_follow_the_wall_clock(windows: list[str], now: str, end: str | None) -> None:
    """Each row has a moment and the end of the quiet hours at that moment."""
    assert find_quiet_end(quiet(*windows), at(now)) == (at(end) if end else None)


@given(
    st.integers(946_684_800, 2_524_608_000).map(moment),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    st.lists(
        st.builds(
            lambda start, end, days: QuietWindow(start=f"{start:02}:30", end=f"{end:02}:00", days=days),
            st.integers(0, 23),
            st.integers(0, 23),
            st.none() | st.lists(st.sampled_from(["MO", "WE", "SA", "SU"]), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_the_end_is_in_the_future_and_not_quiet(now: datetime, zone: str, windows: list[QuietWindow]) -> None:
    """A notification is deferred into the future, by days at most, and only once."""
    try:
        hours = QuietHours(time_zone=zone, windows=windows)
    except ValidationError:
        return
    end = find_quiet_end(hours, now)
    if end is not None:
        assert now < end < now + timedelta(days=15)
        assert find_quiet_end(hours, end) is None


def test_the_zone_decides() -> None:
    """The same moment is at night in one zone and in the daytime in another."""
    assert find_quiet_end(quiet("22:00 07:00", zone="Asia/Tokyo"), at("2026-03-03T03:00:00+01:00")) is None


@pytest.mark.parametrize(
    "windows",
    [["00:00 00:00"], ["00:00 12:00", "12:00 00:00"], ["12:00 12:00 MO TU WE TH FR SA SU"]],
)
def test_a_week_without_a_break_is_rejected(windows: list[str]) -> None:
    """Notifications would be deferred forever."""
    with pytest.raises(ValidationError, match="some of the week"):
        quiet(*windows)
