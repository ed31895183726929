"""Field types that events and HTTP bodies share: values that PostgreSQL, JSON and people can all handle."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic.types import AwareDatetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""The first moment of an :data:`Instant`."""

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""The end of the range of :data:`Instant`, exclusive. Arithmetic on earlier moments cannot overflow."""

LAST_DAY = LATEST - timedelta(days=1)
"""The latest moment that is before :data:`LATEST` in every time zone."""

OUT_OF_RANGE = f"must be from the year {EARLIEST.year} up to the year {LATEST.year}"

_DURATION = re.compile(r"P(?:\d{1,4}W|(?=\d|T\d)(?:\d{1,4}D)?(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,6}M)?(?:\d{1,7}S)?)?)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")
_TIME_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")

_NOT_A_ZONE = frozenset({"Factory", "localtime", "posixrules"})
"""Entries of the zone database that name no place: the machine's local time, and a placeholder."""


def _check_storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain a lone surrogate") from None
    return text


def _check_offset(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _TIME_WITH_OFFSET.fullmatch(value)):
        return value
    raise ValueError("must be an RFC 3339 time with an offset, like 2026-03-01T09:00:00+01:00")


def _check_time(value: object) -> object:
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value
    raise ValueError("must be an RFC 3339 time, like 2026-03-01T09:00:00+01:00, or without an offset beside a timeZone")


def _check_range(moment: datetime) -> datetime:
    if not EARLIEST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < LATEST:
        raise ValueError(OUT_OF_RANGE)
    return moment


def _check_duration(text: str) -> str:
    if not _DURATION.fullmatch(text):
        raise ValueError("must be an ISO 8601 duration of weeks, days, hours, minutes or seconds, like PT30M or P1D")
    return text


def _check_positive(text: str) -> str:
    if not re.search("[1-9]", text):
        raise ValueError("must be longer than zero")
    return text


@cache
def _zone_names() -> frozenset[str]:
    """Return the names of all zones. Cached, because each look-up walks through the whole zone database."""
    return frozenset(available_timezones()) - _NOT_A_ZONE


def _check_zone(name: str) -> str:
    if name not in _zone_names():
        raise ValueError("must be an IANA time zone, like Europe/Berlin")
    return name


def zone_of(name: str | None) -> ZoneInfo:
    """Return the zone with a validated name; UTC for None."""
    return ZoneInfo(name or "UTC")


Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_check_storable)]
"""Free text of up to 10,000 characters."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), AfterValidator(_check_storable)
]
"""A title: 1 to 500 characters after trimming."""

Tag = Annotated[
    str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True), AfterValidator(_check_storable)
]
"""A tag: 1 to 50 characters after trimming."""

UserId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_check_storable)]
"""The id of an authenticated user: the claim ``sub`` of the front end's token."""

Instant = Annotated[AwareDatetime, BeforeValidator(_check_offset), AfterValidator(_check_range)]
"""A moment: RFC 3339 with an offset, from the year 1970 up to the year 9000."""

WrittenTime = Annotated[
    datetime,
    BeforeValidator(_check_time),
    AfterValidator(_check_range),
    Field(description="a moment with its offset, or a wall-clock time in timeZone"),
]
"""A time in a request: RFC 3339. The offset may be absent if the request has a time zone."""

Duration = Annotated[str, StringConstraints(max_length=40), AfterValidator(_check_duration)]
"""An ISO 8601 duration as text: ``P1D`` is a day on the wall clock, ``PT24H`` is 24 hours."""

PositiveDuration = Annotated[Duration, AfterValidator(_check_positive)]
"""A :data:`Duration` that is longer than zero."""

ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_zone)]
"""The name of an IANA time zone, such as ``Europe/Berlin``."""
