"""Rules that never produce a date, or whose parts contradict."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, made, read, refusal

NEVER = [
    pytest.param("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "BYMONTHDAY", id="no-such-day"),
    pytest.param("FREQ=DAILY;COUNT=3;UNTIL=20261231", "UNTIL", id="two-ends"),
    pytest.param("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY", id="not-with-this-frequency"),
    pytest.param("FREQ=DAILY;UNTIL=20260301", "UNTIL", id="over-before-it-begins"),
    pytest.param("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "INTERVAL", id="off-the-beat"),
]


@pytest.mark.parametrize(("rule", "part"), NEVER)
def test_a_rule_that_never_produces_a_date_is_refused_with_the_part_named(
    tasks: FunctionUnderTest, rule: str, part: str
) -> None:
    """Whichever way it comes: with a task, in a preview, for a task that is there, or for its series."""
    task = made(tasks, DAILY)
    bad = {"recurrence": {"rule": rule}}
    answers = [
        tasks.call("POST", "/tasks", {**TEA, **bad}),
        tasks.call("POST", "/tasks/preview", {**TEA, **bad}),
        tasks.call("PUT", f"/tasks/{task['id']}", {**TEA, **bad}),
        tasks.call("PATCH", f"/series/{task['seriesId']}", bad),
    ]
    assert [refusal(answer) for answer in answers] == [(400, ["recurrence.rule"])] * 4
    assert all((answer.json or {})["errors"][0]["message"].startswith(f"{part} ") for answer in answers)
    assert (read(tasks, task), tasks.said_types()) == (task, ["TaskCreated"])


def test_the_last_occurrence_may_be_put_off_past_the_end(tasks: FunctionUnderTest) -> None:
    """UNTIL ends the rule; when one occurrence is done is its owner's to say."""
    rule = {"recurrence": {"rule": "FREQ=DAILY;UNTIL=20260302"}}
    task = made(tasks, {**DAILY, **rule})
    later = {**DAILY, **rule, "dueAt": "2026-03-05T13:00:00Z"}
    assert tasks.call("PUT", f"/tasks/{task['id']}", later).status_code == 200
    assert refusal(tasks.call("PUT", f"/tasks/{task['id']}?scope=future", later)) == (400, ["recurrence.rule"])
