"""The field types that events and HTTP bodies share."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from events.fields import Duration, Instant, Line, ZoneName, zone_of


@pytest.mark.parametrize("text", ["P1D", "P2W", "PT30M", "PT1H30M", "P1DT12H", "PT0S", "PT5S"])
def test_durations_of_fixed_parts_are_taken(text: str) -> None:
    """Weeks, days, hours, minutes and seconds are taken as they are."""
    assert TypeAdapter(Duration).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "30M", "P1M", "P1Y", "-P1D", "P1DT", "PT1.5H", "p1d", "P12345D", 5, None]
)
def test_other_durations_are_refused(text: Any) -> None:
    """Months and years, whose length depends on where they begin, and anything else, are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("text", ["2026-03-02T12:00:00Z", "2026-03-02T12:00:00.123+01:00", "1970-01-01T00:00:00Z"])
def test_times_with_an_offset_are_taken(text: str) -> None:
    """RFC 3339 times with an offset are taken."""
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
def test_other_times_are_refused(text: Any) -> None:
    """Naive times, dates, numbers, and times that arithmetic could push out of range are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 501, "\ud800"])
def test_titles_that_cannot_be_kept_are_refused(text: str) -> None:
    """What PostgreSQL or JSON cannot hold, nothing, and too much are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "europe/berlin\x00", "CET+1", "localtime", "Factory"]
)
def test_zones_that_are_none_are_refused(name: str) -> None:
    """Only names of the IANA database are zones."""
    with pytest.raises(ValidationError):
        TypeAdapter(ZoneName).validate_python(name)


def test_the_zone_of_nothing_is_utc() -> None:
    """A thing without a zone lives in UTC."""
    assert (zone_of(None), zone_of("Europe/Berlin")) == (ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"))
