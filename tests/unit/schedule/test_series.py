"""The occurrence after another: anchors, what was missed, and where a series ends."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule_parser import parse_rule
from functions.schedule.series import Occurrence, next_occurrence, occurrences
from functions.schedule.wall_clock import to_instant
from tests.unit.schedule.recurrence_set import upcoming

BERLIN = ZoneInfo("Europe/Berlin")
START = "2026-03-02T09:00"  # a Monday


def following(
    rule: str,
    current: str = START,
    done: str = START,
    *,
    anchor: str = "due",
    missed: str = "skip",
    number: int = 1,
    start: str = START,
    exdates: tuple[str, ...] = (),
) -> str | None:
    """Return the next occurrence's wall-clock time, after ``current`` was completed at ``done``, both in Berlin."""
    found = next_occurrence(
        parse_rule(rule),
        start=datetime.fromisoformat(start),
        zone=BERLIN,
        current=Occurrence(number, datetime.fromisoformat(current)),
        anchor=anchor,  # type: ignore[arg-type] # the table's own words
        missed=missed,  # type: ignore[arg-type] # likewise
        completed_at=to_instant(datetime.fromisoformat(done), BERLIN),
        exdates=[to_instant(datetime.fromisoformat(one), BERLIN) for one in exdates],
    )
    return f"{found.wall:%Y-%m-%dT%H:%M}#{found.number}" if found else None


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        # done early, on time, late but before the next: always the next on the calendar
        ("FREQ=DAILY", "2026-03-01T12:00", "2026-03-03T09:00#2"),
        ("FREQ=DAILY", "2026-03-02T09:00", "2026-03-03T09:00#2"),
        ("FREQ=DAILY", "2026-03-03T08:59", "2026-03-03T09:00#2"),
        # done when others have passed: they are skipped, and counted
        ("FREQ=DAILY", "2026-03-05T10:00", "2026-03-06T09:00#5"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-06T10:00", "2026-03-09T09:00#3"),
        ("FREQ=DAILY;COUNT=4", "2026-03-05T10:00", None),
        ("FREQ=DAILY;UNTIL=20260305", "2026-03-05T10:00", None),
    ],
)
def test_by_the_calendar_what_was_missed_is_skipped(rule: str, done: str, expected: str | None) -> None:
    """``anchor: due`` with ``missed: skip`` gives the first occurrence after the completion."""
    assert following(rule, done=done) == expected


@pytest.mark.parametrize(
    ("missed", "done", "expected"),
    [
        ("latest", "2026-03-05T10:00", "2026-03-05T09:00#4"),
        ("latest", "2026-03-02T10:00", "2026-03-03T09:00#2"),
        ("all", "2026-03-05T10:00", "2026-03-03T09:00#2"),
        ("all", "2026-03-01T10:00", "2026-03-03T09:00#2"),
    ],
)
def test_what_was_missed_may_be_made_up_for(missed: str, done: str, expected: str) -> None:
    """``latest`` gives the newest one that was missed, ``all`` each in its turn."""
    assert following("FREQ=DAILY", done=done, missed=missed) == expected


@pytest.mark.parametrize(
    ("rule", "missed", "expected"),
    [
        ("FREQ=MINUTELY", "skip", "2026-03-02T10:01#29453822"),
        ("FREQ=MINUTELY", "latest", "2026-03-02T10:00#29453821"),
        ("FREQ=HOURLY;INTERVAL=7", "skip", "2026-03-02T16:00#70130"),
        ("FREQ=MINUTELY;COUNT=1000", "skip", None),
        ("FREQ=MINUTELY;COUNT=1000", "latest", "1970-03-02T01:39#1000"),
        ("FREQ=MINUTELY;UNTIL=19710302T090000Z", "skip", None),
        ("FREQ=MINUTELY;UNTIL=19710302T090000Z", "latest", "1971-03-02T10:00#525661"),
        ("FREQ=MINUTELY;UNTIL=19710302T100000", "latest", "1971-03-02T10:00#525661"),
        ("FREQ=MINUTELY;UNTIL=19710301", "latest", "1971-03-01T23:59#525060"),
        ("FREQ=MINUTELY;UNTIL=99991231T235959", "latest", "2026-03-02T10:00#29453821"),
        ("FREQ=MINUTELY;UNTIL=99991231", "skip", "2026-03-02T10:01#29453822"),
    ],
)
def test_decades_of_minutes_are_passed_in_one_step(rule: str, missed: str, expected: str | None) -> None:
    """What was missed is counted, not walked through."""
    start = "1970-03-02T09:00" if "COUNT" not in rule else "1970-03-01T09:00"
    assert following(rule, start, "2026-03-02T10:00", start=start, missed=missed) == expected


def test_the_latest_is_one_that_was_not_left_out() -> None:
    """An excluded one was not missed, however often it comes."""
    exdates = ("2026-03-04T09:00", "2026-03-04T10:00")
    found = following("FREQ=HOURLY", done="2026-03-04T10:30", missed="latest", exdates=exdates)
    assert found == "2026-03-04T08:00#48"


def test_an_end_that_no_other_zone_reaches_is_far_away() -> None:
    """West of Greenwich the last second of the calendar lies beyond it."""
    start = datetime.fromisoformat(START)
    found = next_occurrence(
        parse_rule("FREQ=HOURLY;UNTIL=99991231T235959"),
        start=start,
        zone=ZoneInfo("America/New_York"),
        current=Occurrence(1, start),
        anchor="due",
        missed="skip",
        completed_at=datetime(2026, 3, 3, 14, 30, tzinfo=UTC),
    )
    assert found == Occurrence(26, start + timedelta(hours=25))


def test_the_latest_of_a_series_that_ended_meanwhile_is_its_last() -> None:
    """What was missed is made up for even where nothing comes after it."""
    assert following("FREQ=DAILY;COUNT=3", done="2026-03-20T10:00", missed="latest") == "2026-03-04T09:00#3"


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-03-07T22:15", "2026-03-10T09:00#2"),
        ("FREQ=DAILY;INTERVAL=3", "2026-03-01T07:00", "2026-03-04T09:00#2"),
        ("FREQ=WEEKLY", "2026-03-04T10:00", "2026-03-11T09:00#2"),
        ("FREQ=MONTHLY", "2026-03-15T10:00", "2026-04-15T09:00#2"),
        ("FREQ=YEARLY", "2026-03-15T10:00", "2027-03-15T09:00#2"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-03-04T10:00", "2026-03-09T09:00#2"),
        ("FREQ=HOURLY;INTERVAL=8", "2026-03-04T10:30", "2026-03-04T18:30#2"),
        ("FREQ=DAILY;COUNT=1", "2026-03-04T10:00", None),
    ],
)
def test_from_the_completion(rule: str, done: str, expected: str | None) -> None:
    """``anchor: completion`` counts from the day it was done, at the series' time of day."""
    assert following(rule, done=done, anchor="completion") == expected


@pytest.mark.parametrize(
    ("rule", "start", "done", "expected"),
    [
        ("FREQ=YEARLY;BYMONTH=6", "2026-06-15T09:00", "2027-05-31T10:00", "2027-06-15T09:00#2"),
        ("FREQ=MONTHLY;BYMONTH=4,9", "2026-04-15T09:00", "2026-05-31T10:00", "2026-09-15T09:00#2"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-03-02T09:00", "2026-03-04T10:00", "2026-03-09T09:00#2"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=1", "2026-03-02T09:00", "2026-03-04T10:00", None),
        ("FREQ=YEARLY;BYMONTH=6;UNTIL=20270614", "2026-06-15T09:00", "2027-05-31T10:00", None),
    ],
)
def test_a_completion_that_leads_nowhere_goes_on_by_the_calendar(
    rule: str, start: str, done: str, expected: str | None
) -> None:
    """June has no 31st, and every seventh day from a Wednesday is no Monday: the series does not end with that."""
    assert following(rule, start, done, start=start, anchor="completion") == expected


def test_an_occurrence_that_was_moved_does_not_move_the_beat() -> None:
    """One that was put off to Wednesday is followed by next Monday's."""
    assert following("FREQ=WEEKLY", "2026-03-04T18:00", "2026-03-04T18:30") == "2026-03-09T09:00#2"


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        # 29 March 2026: clocks go from 02:00 to 03:00 in Berlin
        ("FREQ=DAILY", "2026-03-28T02:30", ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]),
        # 25 October 2026: 02:30 comes twice; the first is still summer time
        ("FREQ=DAILY", "2026-10-24T02:30", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        # hours are hours: across the gap nothing is left out
        ("FREQ=HOURLY", "2026-03-29T00:30", ["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"]),
    ],
)
def test_clock_changes(rule: str, start: str, expected: list[str]) -> None:
    """A day is a day on the wall clock; an hour is an hour."""
    begin = datetime.fromisoformat(start)
    found = upcoming(parse_rule(rule), start=begin, zone=BERLIN, limit=len(expected), after=begin)
    moments = [f"{to_instant(occurrence.wall, BERLIN):%Y-%m-%dT%H:%MZ}" for occurrence in found]
    assert moments == expected


def test_a_day_that_a_month_lacks_is_skipped_or_clamped() -> None:
    """The RFC skips such months; ``clamp`` takes the last day there is, and goes back to the 31st after."""
    begin = datetime.fromisoformat("2026-01-31T09:00")
    after = Occurrence(1, begin)
    for month_end, expected in [("skip", "03-31 05-31 07-31"), ("clamp", "02-28 03-31 04-30")]:
        found = occurrences(
            parse_rule("FREQ=MONTHLY", month_end),
            start=begin,
            zone=BERLIN,
            after=after,
        )
        assert " ".join(f"{one.wall:%m-%d}" for one in islice(found, 3)) == expected


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=YEARLY", "2024-02-29T09:00", "2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=29,30,31;COUNT=4", "2026-01-29T09:00", "2026-01-30 2026-01-31 2026-02-28"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T09:00", "2026-02-28 2027-02-28 2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR", "2026-01-01T09:00", "2026-07-31 2027-04-30 2027-12-31"),
        ("FREQ=DAILY;BYMONTHDAY=31", "2026-01-31T09:00", "2026-03-31 2026-05-31"),  # takes away, and adds nothing
    ],
)
def test_clamped_days(rule: str, start: str, expected: str) -> None:
    """The last day where the rule's is missing (RFC 7529, section 4.1), once, and then looked at as any other."""
    begin = datetime.fromisoformat(start)
    found = upcoming(parse_rule(rule, "clamp"), start=begin, zone=BERLIN, limit=len(expected.split()), after=begin)
    assert " ".join(f"{one.wall:%Y-%m-%d}" for one in found) == expected


def test_an_excluded_date_counts_and_does_not_come() -> None:
    """EXDATE takes an occurrence away after COUNT has counted it (RFC 5545, section 3.8.5.1)."""
    begin = datetime.fromisoformat(START)
    excluded = {to_instant(begin + timedelta(days=1), BERLIN)}
    found = list(
        occurrences(
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
def test_what_comes_rarely_is_found(rule: str, start: str, expected: str) -> None:
    """Leap days that must fall on a weekday, or on a beat, may be decades away."""
    begin = datetime.fromisoformat(start)
    [found] = upcoming(parse_rule(rule), start=begin, zone=BERLIN, limit=1, after=begin)
    assert f"{found.wall:%Y-%m-%d}" == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=28", "2026-01-29 2026-02-26 2026-03-26"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;BYMONTH=1,3;BYSETPOS=1", "2026-01-05 2026-01-12 2026-01-19 2026-01-26 2026-03-02"),
        # the first Monday of the month, not of the year, where the rule names months
        ("FREQ=YEARLY;BYMONTH=3;BYYEARDAY=61,62,63,64,65,66,67;BYDAY=1MO", "2026-03-02 2028-03-06 2029-03-05"),
    ],
)
def test_dates_come_one_after_another(rule: str, expected: str) -> None:
    """Each once, in order, whatever the period in which they are counted."""
    begin = datetime.fromisoformat("2026-01-01T09:00")
    found = upcoming(parse_rule(rule), start=begin, zone=BERLIN, limit=len(expected.split()), after=begin)
    assert " ".join(f"{one.wall:%Y-%m-%d}" for one in found) == expected


def test_what_never_comes_from_here_ends() -> None:
    """A rule that its own start can never meet has no next occurrence, and says so in bounded time."""
    begin = datetime.fromisoformat("2025-02-28T09:00")
    assert (
        upcoming(
            parse_rule("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29"), start=begin, zone=BERLIN, limit=1, after=begin
        )
        == []
    )


def test_the_end_of_time_is_no_error() -> None:
    """Near the last year that a task may be due there is no next occurrence, and no overflow."""
    for rule in ("FREQ=YEARLY", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=DAILY", "FREQ=HOURLY"):
        begin = datetime.fromisoformat("8999-12-31T23:30")
        assert upcoming(parse_rule(rule), start=begin, zone=ZoneInfo("UTC"), limit=1, after=begin) == []


def test_a_step_does_not_go_back_to_the_start() -> None:
    """Centuries after its start a rule still steps on its beat."""
    begin = datetime.fromisoformat("1970-01-01T09:00")
    late = datetime.fromisoformat("2770-01-01T12:00")
    [found] = islice(
        occurrences(parse_rule("FREQ=DAILY;INTERVAL=7"), start=begin, zone=BERLIN, after=Occurrence(40_000, late)), 1
    )
    assert (found.number, (found.wall - begin).days % 7, found.wall - late < timedelta(days=7)) == (40_001, 0, True)


def test_moments_are_in_utc() -> None:
    """What the wall clock shows is handed on as a moment in UTC."""
    assert to_instant(datetime.fromisoformat("2026-07-01T09:00"), BERLIN) == datetime(2026, 7, 1, 7, tzinfo=UTC)
