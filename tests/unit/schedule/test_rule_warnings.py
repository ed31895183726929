"""Warning of surprising effects of a rule."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_warnings import find_rule_warnings

BERLIN = ZoneInfo("Europe/Berlin")


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
def test_each_surprise_has_a_warning(rule: str, start: str, expected: list[str]) -> None:
    """A rule without a surprise has no warning."""
    found = find_rule_warnings(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)
    assert len(found) == len(expected)
    assert all(words in sentence for words, sentence in zip(expected, found, strict=True))


def test_a_clamped_rule_has_no_warning_of_short_months() -> None:
    """With ``month_end`` "clamp" a rule for the 31st skips no month."""
    start = datetime(2026, 1, 31, 9)  # noqa: DTZ001 - a wall-clock time
    assert find_rule_warnings(parse_rule("FREQ=MONTHLY", "clamp"), start=start, zone=BERLIN) == []
