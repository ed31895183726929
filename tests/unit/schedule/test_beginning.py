"""A rule and where it begins."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.beginning import check_beginning
from functions.schedule.rule import RuleError
from functions.schedule.rule_parser import parse_rule

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "start", "part"),
    [
        ("FREQ=DAILY;UNTIL=20260301", "2026-03-02T09:00", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20260302T075959Z", "2026-03-02T09:00", "UNTIL"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2025-02-28T09:00", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "2026-03-02T09:00", "INTERVAL"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", "2026-02-28T09:00", "INTERVAL"),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTH=1", "2026-03-02T09:00", "INTERVAL"),
        ("FREQ=YEARLY;BYMONTH=2", "2026-01-31T09:00", "BYMONTH"),
    ],
)
def test_a_rule_that_leads_nowhere_is_refused_by_part(rule: str, start: str, part: str) -> None:
    """What cannot come again from this very start names the part that keeps it from it."""
    with pytest.raises(RuleError) as refused:
        check_beginning(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)
    assert refused.value.part == part


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("FREQ=MONTHLY;INTERVAL=12", "2026-02-28T09:00"),
        ("FREQ=YEARLY;BYMONTH=2", "2026-01-29T09:00"),
        ("FREQ=DAILY;COUNT=1", "2026-03-02T09:00"),
        ("FREQ=DAILY;UNTIL=20260302", "2026-03-02T09:00"),
        ("FREQ=DAILY;UNTIL=20260302T080000Z", "2026-03-02T09:00"),
        ("FREQ=YEARLY", "8999-06-01T09:00"),
    ],
)
def test_a_rule_that_ends_with_its_start_is_fine(rule: str, start: str) -> None:
    """As is one that leads on, and one that only the end of the calendar stops."""
    check_beginning(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)


def test_from_the_completion_any_day_may_begin() -> None:
    """The beat is not that of the due date; its end is."""
    start = datetime.fromisoformat("2026-03-02T09:00")
    check_beginning(parse_rule("FREQ=DAILY;INTERVAL=7;BYDAY=TU"), start=start, zone=BERLIN, anchor="completion")
    with pytest.raises(RuleError, match="UNTIL lies before"):
        check_beginning(parse_rule("FREQ=DAILY;UNTIL=20260301"), start=start, zone=BERLIN, anchor="completion")
