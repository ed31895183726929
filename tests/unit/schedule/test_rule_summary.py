"""Describing rules in plain English."""

from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_summary import describe_rule

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
def test_a_rule_is_described(rule: str, words: str) -> None:
    """The description covers every part of a rule."""
    assert describe_rule(parse_rule(rule), BERLIN) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
            "every month on the 31st day of the month, in a shorter month on its last day, 3 times",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR",
            "every month on Friday on the 31st day of the month, in a shorter month on its last day",
        ),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the 1st Monday"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on the 15th day of the month"),
    ],
)
def test_a_clamped_day_is_described(rule: str, words: str) -> None:
    """The description mentions the last day only if a month may lack the day of the rule."""
    assert describe_rule(parse_rule(rule, "clamp"), BERLIN) == words
