"""Tests of the field types that events and HTTP bodies share."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from events.fields import Duration, Instant, Line, PositiveDuration, WrittenTime, ZoneName, zone_of


@pytest.mark.parametrize("text", ["P1D", "P2W", "PT30M", "PT1H30M", "P1DT12H", "PT0S", "PT5S"])
def test_durations_of_fixed_units_are_accepted(text: str) -> None:
    """Weeks, days, hours, minutes and seconds stay as they are written."""
    assert TypeAdapter(Duration).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "30M", "P1M", "P1Y", "-P1D", "P1DT", "PT1.5H", "p1d", "P12345D", 5, None]
)
def test_other_durations_are_rejected(text: Any) -> None:
    """The length of months and years depends on their first day, so they are rejected like any other text."""
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("text", ["PT5S", "P10D", "P0DT1H"])
def test_positive_durations_are_accepted(text: str) -> None:
    """One part that is not zero is enough."""
    assert TypeAdapter(PositiveDuration).validate_python(text) == text


@pytest.mark.parametrize("text", ["PT0S", "P0DT0H"])
def test_a_positive_duration_must_not_be_zero(text: str) -> None:
    """A duration of zeros is rejected."""
    with pytest.raises(ValidationError, match="must be longer than zero"):
        TypeAdapter(PositiveDuration).validate_python(text)


@pytest.mark.parametrize("text", ["2026-03-02T12:00:00Z", "2026-03-02T12:00:00.123+01:00", "1970-01-01T00:00:00Z"])
def test_times_with_an_offset_are_accepted(text: str) -> None:
    """RFC 3339 times with an offset are valid."""
    assert TypeAdapter(Instant).validate_python(text) == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T12:00:00",
        "2026-03-02",
        "1772452800",
        1772452800,
        "9999-12-31T23:59:59Z",
        "1969-12-31T00:00:00Z",
        None,
    ],
)
def test_other_times_are_rejected(text: Any) -> None:
    """Naive times, dates, numbers, and times near the end of the calendar are rejected."""
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 501, "\ud800"])
def test_titles_that_cannot_be_stored_are_rejected(text: str) -> None:
    """Empty and long titles are rejected, and characters that PostgreSQL or JSON cannot hold."""
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "europe/berlin\x00", "CET+1", "localtime", "Factory"]
)
def test_unknown_zones_are_rejected(name: str) -> None:
    """Only places of the IANA database are zones."""
    with pytest.raises(ValidationError):
        TypeAdapter(ZoneName).validate_python(name)


def test_the_default_zone_is_utc() -> None:
    """Without a name, the zone is UTC."""
    assert (zone_of(None), zone_of("Europe/Berlin")) == (ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("text", ["2026-03-02T12:00", "2026-03-02T12:00:00.5", "2026-03-02T12:00:00+01:00"])
def test_written_times_may_omit_the_offset(text: str) -> None:
    """People write wall-clock times, with or without seconds."""
    assert TypeAdapter(WrittenTime).validate_python(text) == datetime.fromisoformat(text)


@pytest.mark.parametrize("text", ["2026-03-02", "12:00", "1969-12-31T00:00:00", 1772452800, None])
def test_other_written_times_are_rejected(text: Any) -> None:
    """A date without a time, a time without a date, and moments out of range are rejected."""
    with pytest.raises(ValidationError):
        TypeAdapter(WrittenTime).validate_python(text)
