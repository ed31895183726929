"""Checking a rule together with the start of its series."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule import RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_start import check_rule_start

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
def test_a_rule_without_a_second_date_is_rejected_by_part(rule: str, start: str, part: str) -> None:
    """The error names the part that prevents another occurrence after this start."""
    with pytest.raises(RuleError) as raised:
        check_rule_start(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)
    assert raised.value.part == part


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
def test_a_rule_with_its_start_as_the_only_occurrence_is_accepted(rule: str, start: str) -> None:
    """So is a rule with further occurrences, and a rule that only the last supported year ends."""
    check_rule_start(parse_rule(rule), start=datetime.fromisoformat(start), zone=BERLIN)


def test_the_anchor_completion_allows_any_interval() -> None:
    """The interval starts on the day of completion. UNTIL still must not lie before the start."""
    start = datetime.fromisoformat("2026-03-02T09:00")
    check_rule_start(parse_rule("FREQ=DAILY;INTERVAL=7;BYDAY=TU"), start=start, zone=BERLIN, anchor="completion")
    with pytest.raises(RuleError, match="UNTIL lies before"):
        check_rule_start(parse_rule("FREQ=DAILY;UNTIL=20260301"), start=start, zone=BERLIN, anchor="completion")
