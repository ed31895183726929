"""What a draft would come to."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, refusal


def test_a_preview_says_what_a_task_would_do(previews: FunctionUnderTest) -> None:
    """The rule in words, the next three due dates over a clock change, and when it will remind, soonest first."""
    draft = {
        **DAILY,
        "dueAt": "2026-03-27T09:00:00",
        "reminders": [{"before": "PT30M"}, {"at": "2026-03-26T18:00:00Z"}],
    }
    answer = previews.call("POST", "/tasks/preview", draft)
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "summary": "every day",
        "next": ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"],
        "remindAt": ["2026-03-26T18:00:00Z", "2026-03-27T07:30:00Z"],
        "deferred": [],
        "warnings": [],
    }


def test_a_preview_warns_of_surprises(tasks: FunctionUnderTest) -> None:
    """Day 31 skips the months that have none."""
    draft = {**DAILY, "dueAt": "2026-01-31T09:00:00", "recurrence": {"rule": "FREQ=MONTHLY"}}
    preview = tasks.call("POST", "/tasks/preview", draft).json or {}
    assert [moment[:10] for moment in preview["next"]] == ["2026-03-31", "2026-05-31", "2026-07-31"]
    assert any("31" in warning for warning in preview["warnings"])


@pytest.mark.parametrize(
    ("due_at", "rule", "warning"),
    [
        pytest.param("2026-01-31T09:00:00", "FREQ=MONTHLY", "months without a day 31 are skipped", id="day-31"),
        pytest.param("2028-02-29T09:00:00", "FREQ=YEARLY", "29 February comes in leap years only", id="29-february"),
        pytest.param("2026-03-30T09:00:00", "FREQ=MONTHLY;BYDAY=5MO", "no fifth such weekday", id="fifth-monday"),
        pytest.param("2026-03-01T02:30:00", "FREQ=WEEKLY", "on 29 March 2026 clocks skip 02:30", id="gap"),
        pytest.param("2026-10-04T02:30:00", "FREQ=WEEKLY", "on 25 October 2026 clocks show 02:30 twice", id="fold"),
    ],
)
def test_a_preview_warns_of_what_surprises_people(
    tasks: FunctionUnderTest, due_at: str, rule: str, warning: str
) -> None:
    """Day 31, 29 February, a fifth weekday, and either change of the clocks."""
    draft = {**DAILY, "dueAt": due_at, "recurrence": {"rule": rule}}
    preview = tasks.call("POST", "/tasks/preview", draft).json or {}
    assert any(warning in one for one in preview["warnings"])
    assert len(preview["next"]) == 3


def test_month_end_clamp_takes_the_last_day(tasks: FunctionUnderTest) -> None:
    """The rule in words says so, and nothing is left to warn of."""
    recurrence = {"rule": "FREQ=MONTHLY;BYMONTHDAY=31", "monthEnd": "clamp"}
    draft = {**DAILY, "dueAt": "2026-01-31T09:00:00", "recurrence": recurrence}
    preview = tasks.call("POST", "/tasks/preview", draft).json or {}
    assert preview["summary"] == "every month on the 31st day of the month, in a shorter month on its last day"
    assert [moment[:10] for moment in preview["next"]] == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert preview["warnings"] == []


def test_a_preview_from_the_completion_has_each_done_when_it_is_due(tasks: FunctionUnderTest) -> None:
    """A month after the last day of February is the same day of March."""
    recurrence = {"rule": "FREQ=MONTHLY", "monthEnd": "clamp", "anchor": "completion"}
    draft = {**DAILY, "dueAt": "2026-01-31T09:00:00", "recurrence": recurrence}
    preview = tasks.call("POST", "/tasks/preview", draft).json or {}
    assert [moment[:10] for moment in preview["next"]] == ["2026-02-28", "2026-03-28", "2026-04-28"]


def test_a_rule_that_ends_has_fewer_dates(tasks: FunctionUnderTest) -> None:
    """The due date itself is the first of COUNT."""
    draft = {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}}
    assert (tasks.call("POST", "/tasks/preview", draft).json or {})["next"] == ["2026-03-03T13:00:00Z"]


def test_a_task_that_comes_once_has_no_next_date(previews: FunctionUnderTest) -> None:
    """It still says when it will remind."""
    answer = previews.call("POST", "/tasks/preview", {**TEA, "reminders": [{"before": "P1D"}]})
    expected = {"summary": "once", "next": [], "remindAt": ["2026-03-01T13:00:00Z"], "deferred": [], "warnings": []}
    assert answer.json == expected


def test_a_preview_refuses_what_creating_would(tasks: FunctionUnderTest) -> None:
    """With the same field."""
    draft = {**DAILY, "recurrence": {"rule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}}
    assert refusal(tasks.call("POST", "/tasks/preview", draft)) == (400, ["recurrence.rule"])


def test_a_preview_writes_nothing(tasks: FunctionUnderTest) -> None:
    """No task, no series, no event."""
    tasks.call("POST", "/tasks/preview", DAILY)
    assert tasks.database.rows("SELECT id FROM tasks.tasks UNION SELECT id FROM tasks.series") == []
    assert tasks.emitted == []
