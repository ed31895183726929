"""Rules that never produce a date, or whose parts contradict."""

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, done, made, read, refusal, series_of

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
    assert (read(tasks, task), tasks.emitted_types()) == (task, ["TaskCreated"])


@pytest.mark.parametrize("rule", ["FREQ=DAILY;UNTIL=20260301", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"])
@pytest.mark.parametrize("how", ["done", "skipped"])
def test_a_rule_that_leads_nowhere_is_refused_where_nothing_is_open(
    tasks: FunctionUnderTest, rule: str, how: str
) -> None:
    """A series that waits for nobody would come to an end unseen."""
    task = made(tasks, DAILY)
    place = f"/series/{task['seriesId']}"
    tasks.call("PATCH", place, {"status": "paused"})
    if how == "done":
        done(tasks, task)
    else:
        tasks.call("DELETE", f"/tasks/{task['id']}?scope=occurrence")
    before = series_of(tasks, task)
    assert refusal(tasks.call("PATCH", place, {"recurrence": {"rule": rule}})) == (400, ["recurrence.rule"])
    assert series_of(tasks, task) == before


@pytest.mark.parametrize(
    ("kept", "lost"),
    [({"monthEnd": "clamp"}, {"monthEnd": "skip"}), ({"anchor": "completion"}, {"anchor": "due"})],
    ids=["clamped", "from-the-completion"],
)
def test_a_rule_that_leads_somewhere_only_thanks_to_its_policy_keeps_it(
    tasks: FunctionUnderTest, kept: dict[str, str], lost: dict[str, str]
) -> None:
    """In no odd year is there a 29 February."""
    rule = {"rule": "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29"}
    draft = {**TEA, "dueAt": "2027-02-28T09:00:00", "recurrence": {**rule, **kept}}
    task = made(tasks, draft)
    answers = [
        tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": lost}),
        tasks.call("PUT", f"/tasks/{task['id']}", {**draft, "recurrence": {**rule, **lost}}),
    ]
    assert [refusal(answer) for answer in answers] == [(400, ["recurrence.rule"])] * 2


def test_another_zone_is_checked_as_well(tasks: FunctionUnderTest) -> None:
    """What is Monday in Berlin is Sunday in New York, from where every seventh day is no Monday."""
    draft = {**TEA, "dueAt": "2026-03-02T01:00:00", "recurrence": {"rule": "FREQ=DAILY;INTERVAL=7;BYDAY=MO"}}
    task = made(tasks, draft)
    answer = tasks.call(
        "PUT", f"/tasks/{task['id']}", {**draft, "dueAt": task["dueAt"], "timeZone": "America/New_York"}
    )
    assert (refusal(answer), read(tasks, task)) == ((400, ["recurrence.rule"]), task)


def test_the_last_occurrence_may_be_put_off_past_the_end(tasks: FunctionUnderTest) -> None:
    """UNTIL ends the rule; when one occurrence is done is its owner's to say."""
    rule = {"recurrence": {"rule": "FREQ=DAILY;UNTIL=20260302"}}
    task = made(tasks, {**DAILY, **rule})
    later = {**DAILY, **rule, "dueAt": "2026-03-05T13:00:00Z"}
    assert tasks.call("PUT", f"/tasks/{task['id']}", later).status_code == 200
    assert refusal(tasks.call("PUT", f"/tasks/{task['id']}?scope=future", later)) == (400, ["recurrence.rule"])
