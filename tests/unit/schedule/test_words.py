"""Rules in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule_parser import parse_rule
from functions.schedule.words import summary, warnings

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every 3 days, once"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every week on Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10", "every 2 weeks on Tuesday, 10 times"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on the 1st day and the 15th day of the month"),
        ("FREQ=MONTHLY;BYDAY=-2FR", "every month on the 2nd to last Friday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "every month on Monday and Tuesday taking the 1st of these"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "every year on the 24th day of the month in December"),
        ("FREQ=YEARLY;BYYEARDAY=111,-1", "every year on the last day and the 111th day of the year"),
        ("FREQ=YEARLY;BYWEEKNO=22;BYDAY=MO", "every year on Monday in the 22nd week of the year"),
        ("FREQ=DAILY;UNTIL=20261224", "every day, until 24 December 2026"),
        ("FREQ=DAILY;UNTIL=20261224T225959Z", "every day, until 24 December 2026"),
        ("FREQ=DAILY;UNTIL=20261224T230000Z", "every day, until 25 December 2026"),
        ("FREQ=DAILY;UNTIL=20261224T230000", "every day, until 24 December 2026"),
        ("FREQ=HOURLY;INTERVAL=6", "every 6 hours"),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    """A rule reads as one would say it."""
    assert summary(parse_rule(rule), BERLIN) == words


def test_a_clamped_rule_says_so() -> None:
    """Where a day that some month lacks decides; elsewhere there is nothing to clamp."""
    words = "every month on the 31st day of the month, in a shorter month on its last day, 3 times"
    assert summary(parse_rule("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "clamp"), BERLIN) == words
    assert summary(parse_rule("FREQ=MONTHLY;BYDAY=1MO", "clamp"), BERLIN) == "every month on the 1st Monday"
    assert (
        summary(parse_rule("FREQ=MONTHLY;BYMONTHDAY=15", "clamp"), BERLIN) == "every month on the 15th day of the month"
    )
    on_fridays = "every month on Friday on the 31st day of the month, in a shorter month on its last day"
    assert summary(parse_rule("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR", "clamp"), BERLIN) == on_fridays
    assert warnings(parse_rule("FREQ=MONTHLY", "clamp"), start=datetime(2026, 1, 31, 9), zone=BERLIN) == []  # noqa: DTZ001 - wall clock


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=DAILY", "2026-06-01T09:00", []),
        ("FREQ=MONTHLY", "2026-01-31T09:00", ["months without a day 31"]),
        ("FREQ=MONTHLY", "2026-01-30T09:00", ["February has no such day"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31T09:00", []),
        ("FREQ=YEARLY;BYMONTHDAY=31", "2026-01-31T09:00", ["months without a day 31"]),
        ("FREQ=YEARLY;BYMONTHDAY=29", "2024-02-29T09:00", ["February has no such day"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", "2032-02-29T09:00", ["29 February comes in leap years only"]),
        ("FREQ=YEARLY", "2024-01-31T09:00", []),
        ("FREQ=YEARLY", "2024-02-29T09:00", ["29 February comes in leap years only"]),
        ("FREQ=MONTHLY;BYDAY=5MO", "2026-03-30T09:00", ["no fifth such weekday"]),
        (
            "FREQ=DAILY",
            "2026-01-01T02:30",
            ["on 29 March 2026 clocks skip 02:30: it will be 03:30", "on 25 October 2026 clocks show 02:30 twice"],
        ),
        ("FREQ=YEARLY", "2026-03-29T02:30", ["on 29 March 2026 clocks skip 02:30"]),
        ("FREQ=HOURLY", "2026-01-01T02:30", []),
    ],
)
def test_what_surprises_is_said(rule: str, start: str, expected: list[str]) -> None:
    """Each surprise has a sentence; a rule without one has none."""
    found = warnings(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)
    assert len(found) == len(expected)
    assert all(words in sentence for words, sentence in zip(expected, found, strict=True))
