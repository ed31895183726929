"""Rules, read and checked part by part."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.schedule.rule import Rule, RuleError
from functions.schedule.rule_parser import parse_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("FREQ=DAILY", Rule("DAILY")),
        ("freq=weekly;byday=mo,fr;wkst=su", Rule("WEEKLY", byday=((0, 0), (0, 4)), wkst=6)),
        ("FREQ=MONTHLY;BYDAY=-1FR,+2MO", Rule("MONTHLY", byday=((-1, 4), (2, 0)))),
        ("INTERVAL=3;FREQ=MONTHLY;BYMONTHDAY=-1,15", Rule("MONTHLY", 3, bymonthday=(-1, 15))),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", Rule("YEARLY", byweekno=(20,), byday=((0, 0),))),
        ("FREQ=DAILY;COUNT=10", Rule("DAILY", count=10)),
        ("FREQ=DAILY;UNTIL=20261224", Rule("DAILY", until=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T090000", Rule("DAILY", until=datetime(2026, 12, 24, 9))),  # noqa: DTZ001 - wall clock
        ("FREQ=DAILY;UNTIL=20261224T090000Z", Rule("DAILY", until=datetime(2026, 12, 24, 9, tzinfo=UTC))),
    ],
)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
    """Parts come in any order and case."""
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "part", "message"),
    [
        ("", "rule", "NAME=VALUE"),
        ("DAILY", "DAILY", "NAME=VALUE"),
        ("INTERVAL=2", "FREQ", "required"),
        ("FREQ=SECONDLY", "FREQ", "must be one of MINUTELY"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR", "time of day is that of the due date"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER", "not a part"),
        ("FREQ=DAILY;INTERVAL=1;INTERVAL=2", "INTERVAL", "twice"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL", "from 1 to 10000"),
        ("FREQ=DAILY;INTERVAL=x", "INTERVAL", "number"),
        ("FREQ=DAILY;INTERVAL=\u0663", "INTERVAL", "number"),
        ("FREQ=DAILY;UNTIL=2027010\u0661", "UNTIL", "date or time"),
        ("FREQ=MONTHLY;BYDAY=\u0661MO", "BYDAY", "weekdays"),
        ("FREQ=DAILY;COUNT=-1", "COUNT", "from 1"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20261224", "UNTIL", "cannot be used with COUNT"),
        ("FREQ=DAILY;UNTIL=20261331", "UNTIL", "date or time"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL", "date or time"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY", "must not be 0"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY", "from -31 to 31"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH", "from 1 to 12"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY", "weekdays like MO"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY", "weekdays like MO"),
        ("FREQ=WEEKLY;WKST=XX", "WKST", "must be one of MO"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY", "may have a number only with FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY", "may have a number only"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY", "cannot be used with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO", "cannot be used with FREQ=MONTHLY"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY", "cannot be used with FREQ=DAILY"),
        ("FREQ=HOURLY;BYDAY=MO", "BYDAY", "cannot be used with FREQ=HOURLY"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS", "needs another BY part"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "BYMONTHDAY", "never falls together with BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31", "BYMONTHDAY", "never falls together"),
        ("FREQ=YEARLY;BYYEARDAY=1;BYMONTH=12", "BYYEARDAY", "never falls together"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO", "BYDAY", "never falls together"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "BYMONTHDAY", "never falls together"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "BYSETPOS", "never falls together with BYDAY"),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "BYSETPOS", "never falls together with BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY", "leaves no day at all"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_by_part(text: str, part: str, message: str) -> None:
    """The refusal names the part to change and says why, in one line."""
    with pytest.raises(RuleError, match=message) as refused:
        parse_rule(text)
    assert refused.value.part == part
    assert "\n" not in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    """Nothing that a user writes gets further than a refusal."""
    with suppress(RuleError):
        assert parse_rule(text).freq
