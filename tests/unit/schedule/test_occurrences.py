"""Listing the occurrences of a rule: clock changes, short months, excluded and rare dates."""

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.occurrences import Occurrence, iterate_occurrences
from functions.schedule.rule_parser import parse_rule
from functions.schedule.wall_clock import to_instant
from tests.unit.schedule.first_occurrences import list_later_occurrences

BERLIN = ZoneInfo("Europe/Berlin")
START = "2026-03-02T09:00"  # a Monday


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        # 29 March 2026: clocks go from 02:00 to 03:00 in Berlin
        ("FREQ=DAILY", "2026-03-28T02:30", ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]),
        # 25 October 2026: 02:30 occurs twice; the first is in summer time
        ("FREQ=DAILY", "2026-10-24T02:30", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        # every hour of elapsed time
        ("FREQ=HOURLY", "2026-03-29T00:30", ["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"]),
    ],
)
def test_days_are_on_the_wall_clock_and_hours_are_elapsed_time(rule: str, start: str, expected: list[str]) -> None:
    """A daily rule keeps its wall-clock time over a clock change. An hourly rule omits no hour."""
    begin = datetime.fromisoformat(start)
    found = list_later_occurrences(parse_rule(rule), start=begin, zone=BERLIN, limit=len(expected))
    moments = [f"{to_instant(occurrence.wall, BERLIN):%Y-%m-%dT%H:%MZ}" for occurrence in found]
    assert moments == expected


def test_a_missing_day_of_a_month_is_skipped_or_clamped() -> None:
    """RFC 5545 skips such months. ``clamp`` uses their last day, and returns to the 31st afterwards."""
    begin = datetime.fromisoformat("2026-01-31T09:00")
    after = Occurrence(1, begin)
    for month_end, expected in [("skip", "03-31 05-31 07-31"), ("clamp", "02-28 03-31 04-30")]:
        rule = parse_rule("FREQ=MONTHLY", month_end)
        found = iterate_occurrences(rule, start=begin, zone=BERLIN, after=after)
        assert " ".join(f"{one.wall:%m-%d}" for one in islice(found, 3)) == expected


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=YEARLY", "2024-02-29T09:00", "2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=29,30,31;COUNT=4", "2026-01-29T09:00", "2026-01-30 2026-01-31 2026-02-28"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T09:00", "2026-02-28 2027-02-28 2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR", "2026-01-01T09:00", "2026-07-31 2027-04-30 2027-12-31"),
        ("FREQ=DAILY;BYMONTHDAY=31", "2026-01-31T09:00", "2026-03-31 2026-05-31"),  # a daily rule does not clamp
    ],
)
def test_a_clamped_day_is_the_last_day_of_the_month(rule: str, start: str, expected: str) -> None:
    """A clamped day occurs once (RFC 7529, section 4.1), and must satisfy the other BY parts."""
    begin = datetime.fromisoformat(start)
    found = list_later_occurrences(parse_rule(rule, "clamp"), start=begin, zone=BERLIN, limit=len(expected.split()))
    assert " ".join(f"{one.wall:%Y-%m-%d}" for one in found) == expected


def test_an_excluded_date_counts_towards_count() -> None:
    """EXDATE removes an occurrence after COUNT has counted it (RFC 5545, section 3.8.5.1)."""
    begin = datetime.fromisoformat(START)
    excluded = {to_instant(begin + timedelta(days=1), BERLIN)}
    found = list(
        iterate_occurrences(
            parse_rule("FREQ=DAILY;COUNT=3"), start=begin, zone=BERLIN, after=Occurrence(1, begin), exdates=excluded
        )
    )
    assert found == [Occurrence(3, begin + timedelta(days=2))]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "1996-02-29T09:00", "2016-02-29"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2096-02-29T09:00", "2104-02-29"),
        ("FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29", "2024-02-29T09:00", "2036-02-29"),
        ("FREQ=YEARLY;BYDAY=53TH,53FR;BYSETPOS=2", "2004-12-31T09:00", "2032-12-31"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTHDAY=3;BYDAY=SU", "2027-01-03T09:00", "2038-01-03"),
        ("FREQ=MONTHLY;BYMONTHDAY=22;BYDAY=-1TU", "2022-02-22T09:00", "2033-02-22"),
        ("FREQ=WEEKLY;INTERVAL=53;BYMONTH=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=7", "2026-01-01T09:00", "2032-02-08"),
        ("FREQ=DAILY;INTERVAL=1461;BYMONTH=2", "2024-01-31T09:00", "2104-02-01"),
    ],
)
def test_rare_dates_are_found(rule: str, start: str, expected: str) -> None:
    """A leap day on a given weekday or interval may be decades away."""
    begin = datetime.fromisoformat(start)
    [found] = list_later_occurrences(parse_rule(rule), start=begin, zone=BERLIN, limit=1)
    assert f"{found.wall:%Y-%m-%d}" == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=28", "2026-01-29 2026-02-26 2026-03-26"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;BYMONTH=1,3;BYSETPOS=1", "2026-01-05 2026-01-12 2026-01-19 2026-01-26 2026-03-02"),
        # the first Monday of the month, not of the year, as the rule has BYMONTH
        ("FREQ=YEARLY;BYMONTH=3;BYYEARDAY=61,62,63,64,65,66,67;BYDAY=1MO", "2026-03-02 2028-03-06 2029-03-05"),
    ],
)
def test_each_date_is_yielded_once_and_in_order(rule: str, expected: str) -> None:
    """The order does not depend on the period in which the rule counts."""
    begin = datetime.fromisoformat("2026-01-01T09:00")
    found = list_later_occurrences(parse_rule(rule), start=begin, zone=BERLIN, limit=len(expected.split()))
    assert " ".join(f"{one.wall:%Y-%m-%d}" for one in found) == expected


def test_a_rule_that_never_meets_its_start_yields_no_occurrence() -> None:
    """The search ends in bounded time."""
    begin = datetime.fromisoformat("2025-02-28T09:00")
    rule = parse_rule("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29")
    assert list_later_occurrences(rule, start=begin, zone=BERLIN, limit=1) == []


def test_the_last_year_ends_a_rule_without_an_error() -> None:
    """Close to the last supported year a rule yields no occurrence, and no date overflows."""
    for rule in ("FREQ=YEARLY", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=DAILY", "FREQ=HOURLY"):
        begin = datetime.fromisoformat("8999-12-31T23:30")
        assert list_later_occurrences(parse_rule(rule), start=begin, zone=ZoneInfo("UTC"), limit=1) == []


def test_a_step_far_from_the_start_stays_on_the_interval() -> None:
    """Eight centuries after its start a rule yields the next date of its interval."""
    begin = datetime.fromisoformat("1970-01-01T09:00")
    late = datetime.fromisoformat("2770-01-01T12:00")
    rule = parse_rule("FREQ=DAILY;INTERVAL=7")
    found = next(iterate_occurrences(rule, start=begin, zone=BERLIN, after=Occurrence(40_000, late)))
    assert (found.number, (found.wall - begin).days % 7, found.wall - late < timedelta(days=7)) == (40_001, 0, True)
