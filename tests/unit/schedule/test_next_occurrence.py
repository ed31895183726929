"""Finding the next occurrence: anchors, policies for missed occurrences, and the end of a rule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.next_occurrence import find_next_occurrence
from functions.schedule.occurrences import Occurrence
from functions.schedule.rule_parser import parse_rule
from functions.schedule.wall_clock import to_instant

BERLIN = ZoneInfo("Europe/Berlin")
START = "2026-03-02T09:00"  # a Monday


def next_in_berlin(
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
    found = find_next_occurrence(
        parse_rule(rule),
        start=datetime.fromisoformat(start),
        zone=BERLIN,
        current=Occurrence(number, datetime.fromisoformat(current)),
        anchor=anchor,  # type: ignore[arg-type] # mypy does not infer the literals of the parameters
        missed=missed,  # type: ignore[arg-type] # as above
        completed_at=to_instant(datetime.fromisoformat(done), BERLIN),
        exdates=[to_instant(datetime.fromisoformat(one), BERLIN) for one in exdates],
    )
    return f"{found.wall:%Y-%m-%dT%H:%M}#{found.number}" if found else None


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        # completed early, on time, and late but before the next one
        ("FREQ=DAILY", "2026-03-01T12:00", "2026-03-03T09:00#2"),
        ("FREQ=DAILY", "2026-03-02T09:00", "2026-03-03T09:00#2"),
        ("FREQ=DAILY", "2026-03-03T08:59", "2026-03-03T09:00#2"),
        # completed after others have passed, which are skipped and counted
        ("FREQ=DAILY", "2026-03-05T10:00", "2026-03-06T09:00#5"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-06T10:00", "2026-03-09T09:00#3"),
        ("FREQ=DAILY;COUNT=4", "2026-03-05T10:00", None),
        ("FREQ=DAILY;UNTIL=20260305", "2026-03-05T10:00", None),
    ],
)
def test_missed_occurrences_are_skipped_and_counted(rule: str, done: str, expected: str | None) -> None:
    """``anchor: due`` with ``missed: skip`` returns the first occurrence after the completion."""
    assert next_in_berlin(rule, done=done) == expected


@pytest.mark.parametrize(
    ("missed", "done", "expected"),
    [
        ("latest", "2026-03-05T10:00", "2026-03-05T09:00#4"),
        ("latest", "2026-03-02T10:00", "2026-03-03T09:00#2"),
        ("all", "2026-03-05T10:00", "2026-03-03T09:00#2"),
        ("all", "2026-03-01T10:00", "2026-03-03T09:00#2"),
    ],
)
def test_missed_occurrences_can_be_returned(missed: str, done: str, expected: str) -> None:
    """``latest`` returns the newest missed occurrence, ``all`` returns each in turn."""
    assert next_in_berlin("FREQ=DAILY", done=done, missed=missed) == expected


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
def test_decades_of_minutes_are_counted_in_one_step(rule: str, missed: str, expected: str | None) -> None:
    """Missed occurrences are counted and not visited one by one."""
    start = "1970-03-02T09:00" if "COUNT" not in rule else "1970-03-01T09:00"
    assert next_in_berlin(rule, start, "2026-03-02T10:00", start=start, missed=missed) == expected


def test_the_latest_missed_occurrence_is_not_an_excluded_one() -> None:
    """Excluded occurrences do not count as missed."""
    exdates = ("2026-03-04T09:00", "2026-03-04T10:00")
    found = next_in_berlin("FREQ=HOURLY", done="2026-03-04T10:30", missed="latest", exdates=exdates)
    assert found == "2026-03-04T08:00#48"


def test_an_until_beyond_the_last_year_of_utc_does_not_overflow() -> None:
    """The last second of the year 9999 in New York has no instant in UTC."""
    start = datetime.fromisoformat(START)
    found = find_next_occurrence(
        parse_rule("FREQ=HOURLY;UNTIL=99991231T235959"),
        start=start,
        zone=ZoneInfo("America/New_York"),
        current=Occurrence(1, start),
        anchor="due",
        missed="skip",
        completed_at=datetime(2026, 3, 3, 14, 30, tzinfo=UTC),
    )
    assert found == Occurrence(26, start + timedelta(hours=25))


def test_the_latest_missed_occurrence_may_be_the_last_of_the_rule() -> None:
    """``latest`` returns a missed occurrence even if the rule has no later one."""
    assert next_in_berlin("FREQ=DAILY;COUNT=3", done="2026-03-20T10:00", missed="latest") == "2026-03-04T09:00#3"


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
def test_the_anchor_completion_counts_from_the_day_of_completion(rule: str, done: str, expected: str | None) -> None:
    """The next occurrence has the time of day of the series."""
    assert next_in_berlin(rule, done=done, anchor="completion") == expected


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
def test_a_completion_day_without_a_next_date_continues_on_the_calendar(
    rule: str, start: str, done: str, expected: str | None
) -> None:
    """June has no 31st, and every seventh day from a Wednesday is never a Monday: the series continues nevertheless."""
    assert next_in_berlin(rule, start, done, start=start, anchor="completion") == expected


def test_a_moved_occurrence_does_not_move_the_series() -> None:
    """An occurrence that was moved to Wednesday is followed by the next Monday."""
    assert next_in_berlin("FREQ=WEEKLY", "2026-03-04T18:00", "2026-03-04T18:30") == "2026-03-09T09:00#2"
