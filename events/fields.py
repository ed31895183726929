"""Field types that events and HTTP bodies share: what PostgreSQL, JSON and people can all hold."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic.types import AwareDatetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
LAST_DAY = LATEST - timedelta(days=1)
OUT_OF_RANGE = f"must be from the year {EARLIEST.year} up to the year {LATEST.year}"

_DURATION = re.compile(r"P(?:\d{1,4}W|(?=\d|T\d)(?:\d{1,4}D)?(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,6}M)?(?:\d{1,7}S)?)?)")
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})  # the machine's own, or a stand-in for none
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain a lone surrogate") from None
    return text


def _rfc3339(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    raise ValueError("must be an RFC 3339 time with an offset, like 2026-03-01T09:00:00+01:00")


def _written(value: object) -> object:
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        return value
    raise ValueError("must be an RFC 3339 time, like 2026-03-01T09:00:00+01:00, or without an offset beside a timeZone")


def _representable(moment: datetime) -> datetime:
    if not EARLIEST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < LATEST:
        raise ValueError(OUT_OF_RANGE)
    return moment


def _duration(text: str) -> str:
    if not _DURATION.fullmatch(text):
        raise ValueError("must be an ISO 8601 duration of weeks, days, hours, minutes or seconds, like PT30M or P1D")
    return text


def _some(text: str) -> str:
    if not re.search("[1-9]", text):
        raise ValueError("must be longer than nothing")
    return text


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones; looked up once, as each look-up walks through the whole zone database."""
    return frozenset(available_timezones()) - _NO_PLACE


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be an IANA time zone, like Europe/Berlin")
    return name


def zone_of(name: str | None) -> ZoneInfo:
    """Return the zone of a validated name; UTC where a thing has none."""
    return ZoneInfo(name or "UTC")


Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_storable)]
"""Free text, up to 10,000 characters."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), AfterValidator(_storable)]
"""A title: 1 to 500 characters after trimming."""

Tag = Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True), AfterValidator(_storable)]
"""A tag: 1 to 50 characters after trimming."""

UserId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
"""Whoever the front end authenticated: the ``sub`` of the user context."""

Instant = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_representable)]
"""A moment: RFC 3339 with an offset, from 1970 up to the year 9000, so that arithmetic on it cannot overflow."""

WrittenTime = Annotated[
    datetime,
    BeforeValidator(_written),
    AfterValidator(_representable),
    Field(description="a moment with its offset, or a wall-clock time in timeZone"),
]
"""A time as people write it: RFC 3339, where the offset may be left out if a time zone is given beside it."""

Duration = Annotated[str, StringConstraints(max_length=40), AfterValidator(_duration)]
"""An ISO 8601 duration, kept as text: ``P1D`` is a day on the wall clock, ``PT24H`` is 24 hours."""

Patience = Annotated[Duration, AfterValidator(_some)]
"""A :data:`Duration` that is longer than nothing."""

ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
"""An IANA time zone name."""
