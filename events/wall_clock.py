"""Between the clock on the wall and the one of the world, and the times that people write."""

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from events.fields import EARLIEST, LATEST

OUT_OF_RANGE = f"must be from the year {EARLIEST.year} up to the year {LATEST.year}"

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")


def _as_written(value: object) -> object:
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        return value
    raise ValueError("must be an RFC 3339 time, like 2026-03-01T09:00:00+01:00, or without an offset beside a timeZone")


def _in_range(moment: datetime) -> datetime:
    if not EARLIEST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < LATEST:
        raise ValueError(OUT_OF_RANGE)
    return moment


WrittenTime = Annotated[
    datetime,
    BeforeValidator(_as_written),
    AfterValidator(_in_range),
    Field(description="a moment with its offset, or a wall-clock time in timeZone"),
]
"""A time as people write it: RFC 3339, where the offset may be left out if a zone comes with it."""


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a clock on the wall of ``zone`` shows ``wall``.

    A time in a gap, which no clock shows, moves forward by the gap; one in a fold, which clocks show twice, is the
    first of both (RFC 5545, section 3.3.5). ``wall.fold`` asks for the second.
    """
    return wall.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall of ``zone`` shows at a moment, naive."""
    return moment.astimezone(zone).replace(tzinfo=None)
