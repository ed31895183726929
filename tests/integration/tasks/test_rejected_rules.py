"""Rejecting rules that never produce a date, or with parts in conflict."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    complete_task,
    create_task,
    read_series,
    read_task,
    rejected_fields,
)

NEVER = [
    pytest.param("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "BYMONTHDAY", id="no-such-day"),
    pytest.param("FREQ=DAILY;COUNT=3;UNTIL=20261231", "UNTIL", id="two-ends"),
    pytest.param("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY", id="not-with-the-frequency"),
    pytest.param("FREQ=DAILY;UNTIL=20260301", "UNTIL", id="ends-before-it-starts"),
    pytest.param("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "INTERVAL", id="off-the-interval"),
]


@pytest.mark.parametrize(("rule", "part"), NEVER)
def test_a_rule_without_a_date_is_rejected_by_part(tasks: FunctionUnderTest, rule: str, part: str) -> None:
    """This holds for a new task, a preview, an existing task, and a series."""
    task = create_task(tasks, DAILY)
    bad = {"recurrence": {"rule": rule}}
    answers = [
        tasks.call("POST", "/tasks", {**TEA, **bad}),
        tasks.call("POST", "/tasks/preview", {**TEA, **bad}),
        tasks.call("PUT", f"/tasks/{task['id']}", {**TEA, **bad}),
        tasks.call("PATCH", f"/series/{task['seriesId']}", bad),
    ]
    assert [rejected_fields(answer) for answer in answers] == [(400, ["recurrence.rule"])] * 4
    assert all((answer.json or {})["errors"][0]["message"].startswith(f"{part} ") for answer in answers)
    assert (read_task(tasks, task), tasks.emitted_types()) == (task, ["TaskCreated"])


@pytest.mark.parametrize("rule", ["FREQ=DAILY;UNTIL=20260301", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"])
@pytest.mark.parametrize("how", ["done", "skipped"])
def test_a_rule_without_a_next_date_is_rejected_without_an_open_occurrence(
    tasks: FunctionUnderTest, rule: str, how: str
) -> None:
    """Otherwise the series would end unnoticed."""
    task = create_task(tasks, DAILY)
    path = f"/series/{task['seriesId']}"
    tasks.call("PATCH", path, {"status": "paused"})
    if how == "done":
        complete_task(tasks, task)
    else:
        tasks.call("DELETE", f"/tasks/{task['id']}?scope=occurrence")
    before = read_series(tasks, task)
    assert rejected_fields(tasks.call("PATCH", path, {"recurrence": {"rule": rule}})) == (400, ["recurrence.rule"])
    assert read_series(tasks, task) == before


@pytest.mark.parametrize(
    ("kept", "lost"),
    [({"monthEnd": "clamp"}, {"monthEnd": "skip"}), ({"anchor": "completion"}, {"anchor": "due"})],
    ids=["clamped", "from-the-completion"],
)
def test_a_rule_that_needs_its_policy_keeps_it(
    tasks: FunctionUnderTest, kept: dict[str, str], lost: dict[str, str]
) -> None:
    """No odd year has a 29 February, so the rule needs ``monthEnd`` "clamp" or ``anchor`` "completion"."""
    rule = {"rule": "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29"}
    draft = {**TEA, "dueAt": "2027-02-28T09:00:00", "recurrence": {**rule, **kept}}
    task = create_task(tasks, draft)
    answers = [
        tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": lost}),
        tasks.call("PUT", f"/tasks/{task['id']}", {**draft, "recurrence": {**rule, **lost}}),
    ]
    assert [rejected_fields(answer) for answer in answers] == [(400, ["recurrence.rule"])] * 2


def test_another_time_zone_is_checked_too(tasks: FunctionUnderTest) -> None:
    """A Monday in Berlin is a Sunday in New York, and every seventh day from a Sunday is never a Monday."""
    draft = {**TEA, "dueAt": "2026-03-02T01:00:00", "recurrence": {"rule": "FREQ=DAILY;INTERVAL=7;BYDAY=MO"}}
    task = create_task(tasks, draft)
    answer = tasks.call(
        "PUT", f"/tasks/{task['id']}", {**draft, "dueAt": task["dueAt"], "timeZone": "America/New_York"}
    )
    assert (rejected_fields(answer), read_task(tasks, task)) == ((400, ["recurrence.rule"]), task)


def test_the_last_occurrence_may_be_moved_beyond_until(tasks: FunctionUnderTest) -> None:
    """UNTIL ends the rule. The owner still decides about one occurrence."""
    rule = {"recurrence": {"rule": "FREQ=DAILY;UNTIL=20260302"}}
    task = create_task(tasks, {**DAILY, **rule})
    later = {**DAILY, **rule, "dueAt": "2026-03-05T13:00:00Z"}
    assert tasks.call("PUT", f"/tasks/{task['id']}", later).status_code == 200
    assert rejected_fields(tasks.call("PUT", f"/tasks/{task['id']}?scope=future", later)) == (400, ["recurrence.rule"])
