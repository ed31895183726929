"""How far a deletion or a change of a recurring task reaches: one occurrence, the series, or all from here on."""

from typing import Any

import pytest

from events.task import TaskDeleted
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, done, events, following, made, read, refusal, series_of

TOMORROW = "2026-03-03T13:00:00Z"


def deleted(tasks: FunctionUnderTest, task: dict[str, Any], scope: str = "") -> None:
    """Delete a task."""
    answer = tasks.call("DELETE", f"/tasks/{task['id']}" + (f"?scope={scope}" if scope else ""))
    assert answer.status_code == 204, answer.text


def put(tasks: FunctionUnderTest, task: dict[str, Any], body: dict[str, Any], scope: str = "") -> dict[str, Any]:
    """Replace a task and return it."""
    answer = tasks.call("PUT", f"/tasks/{task['id']}" + (f"?scope={scope}" if scope else ""), body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def open_tasks(tasks: FunctionUnderTest) -> list[dict[str, Any]]:
    """Return alice's open tasks."""
    return list((tasks.call("GET", "/tasks?status=open").json or {})["items"])


def test_deleting_an_occurrence_skips_one(tasks: FunctionUnderTest) -> None:
    """Its date is excluded, the next one is there at once, and both are said in one story."""
    task = made(tasks, DAILY)
    deleted(tasks, task, "occurrence")
    [after] = open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"], after["seriesId"]) == (TOMORROW, 2, task["seriesId"])
    series = series_of(tasks, task)
    assert (series["status"], series["exdates"]) == ("active", [task["dueAt"]])
    shown = [(one["id"], one["status"]) for one in series["occurrences"]]
    assert shown == [(after["id"], "open"), (task["id"], "skipped")]
    assert sorted(tasks.emitted_types()) == ["TaskCreated", "TaskCreated", "TaskDeleted"]  # no order is promised
    [gone] = [data for data in events(tasks) if isinstance(data, TaskDeleted)]
    [come] = [data for data in events(tasks) if str(data.task.id) == after["id"]]
    assert (gone.skipped, gone.series) == (True, come.series)
    stories = {event.attributes.correlationid for event in tasks.emitted if event.data in (gone, come)}
    assert len(stories) == 1
    assert tasks.call("GET", f"/tasks/{task['id']}").status_code == 404


def test_a_skipped_occurrence_counts(tasks: FunctionUnderTest) -> None:
    """The last of COUNT is not followed by another (RFC 5545, section 3.8.5.1)."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    deleted(tasks, task, "occurrence")
    [after] = open_tasks(tasks)
    deleted(tasks, after, "occurrence")
    assert open_tasks(tasks) == []


def test_a_skipped_time_in_a_gap_is_excluded(tasks: FunctionUnderTest) -> None:
    """An occurrence that a clock change moved forward is excluded as what it was."""
    task = made(tasks, {**DAILY, "dueAt": "2026-03-28T02:30:00"})
    deleted(tasks, task, "occurrence")
    [in_the_gap] = open_tasks(tasks)
    deleted(tasks, in_the_gap, "occurrence")
    [after] = open_tasks(tasks)
    assert series_of(tasks, task)["exdates"] == ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"]
    assert after["dueAt"] == "2026-03-30T00:30:00Z"


def test_a_reminder_of_its_own_moment_stays_within_the_years_there_are(tasks: FunctionUnderTest) -> None:
    """It moves with the due date up to the last second there is: what comes after can be read."""
    task = made(tasks, {**DAILY, "reminders": [{"at": "8999-12-31T12:00:00Z"}]})
    deleted(tasks, task, "occurrence")
    [after] = open_tasks(tasks)
    assert after["reminders"][0]["at"] == "8999-12-31T23:59:59Z"


def test_skipping_from_the_completion_counts_from_the_due_date(tasks: FunctionUnderTest) -> None:
    """It is as if it had been done when it was due, or now where that has passed."""
    recurrence = {"rule": "FREQ=DAILY;INTERVAL=10", "anchor": "completion"}
    task = made(tasks, {**DAILY, "dueAt": "2026-03-06T13:00:00Z", "recurrence": recurrence})
    deleted(tasks, task, "occurrence")
    [after] = open_tasks(tasks)
    assert after["dueAt"] == "2026-03-16T13:00:00Z"
    tasks.clock.forward(days=20)
    deleted(tasks, after, "occurrence")
    assert open_tasks(tasks)[0]["dueAt"] == "2026-04-01T12:00:00Z"


def test_a_pause_holds_back_what_follows_a_skipped_one(tasks: FunctionUnderTest) -> None:
    """It comes when the series goes on."""
    task = made(tasks, DAILY)
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "paused"})
    deleted(tasks, task, "occurrence")
    assert open_tasks(tasks) == []
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": {"missed": "all"}, "status": "active"})
    [after] = open_tasks(tasks)
    assert (after["dueAt"], after["recurrence"]["missed"]) == (TOMORROW, "all")


def test_deleting_what_was_done_skips_nothing(tasks: FunctionUnderTest) -> None:
    """The next occurrence comes whether its completion was heard before or after, and comes once."""
    task = made(tasks, DAILY)
    done(tasks, task)
    deleted(tasks, task, "occurrence")
    [after] = open_tasks(tasks)
    assert following(tasks, task, TOMORROW).json["id"] == after["id"]
    series = series_of(tasks, task)
    assert (series["exdates"], [one["id"] for one in series["occurrences"]]) == ([], [after["id"]])


@pytest.mark.parametrize("scope", ["series", ""])
def test_deleting_the_series_ends_it(tasks: FunctionUnderTest, scope: str) -> None:
    """Asked of the last occurrence it is what happens without a scope."""
    task = made(tasks, DAILY)
    deleted(tasks, task, scope)
    assert (open_tasks(tasks), series_of(tasks, task)["status"]) == ([], "ended")
    assert tasks.emitted_types() == ["TaskCreated", "TaskDeleted"]


def test_deleting_the_series_takes_its_open_occurrence(tasks: FunctionUnderTest) -> None:
    """Whichever occurrence it is asked of; without a scope an older one goes alone."""
    task = made(tasks, DAILY)
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    done(tasks, after)
    last = following(tasks, after, "2026-03-04T13:00:00Z", number=3).json
    deleted(tasks, task)
    assert ([one["id"] for one in open_tasks(tasks)], series_of(tasks, task)["status"]) == ([last["id"]], "active")
    deleted(tasks, after, "series")
    assert (open_tasks(tasks), series_of(tasks, task)["status"]) == ([], "ended")
    assert tasks.emitted_types()[-2:] == ["TaskDeleted", "TaskDeleted"]


@pytest.mark.parametrize("scope", ["occurrence", "series"])
def test_a_task_that_comes_once_is_all_there_is(tasks: FunctionUnderTest, scope: str) -> None:
    """Either scope deletes it."""
    deleted(tasks, made(tasks, TEA), scope)
    assert open_tasks(tasks) == []


def test_changing_an_occurrence_changes_no_other(tasks: FunctionUnderTest) -> None:
    """The next one is as if it had never been, its own reminders in their place before the due date."""
    usual = {**DAILY, "reminders": [{"at": "2026-03-02T12:00:00Z"}]}
    task = made(tasks, usual)
    alone = {**DAILY, "title": "Cake", "dueAt": "2026-03-02T18:00:00Z", "reminders": [{"before": "P1D"}]}
    assert put(tasks, task, alone, "occurrence")["title"] == "Cake"
    assert put(tasks, task, {**alone, "notes": "Twice"}, "occurrence")["notes"] == "Twice"
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    assert (after["title"], after["notes"]) == ("Tea", "")
    assert after["reminders"] == [{"before": None, "at": "2026-03-03T12:00:00Z", "maxLateness": None}]
    assert series_of(tasks, task)["version"] == 1


def test_a_change_without_a_scope_holds_from_here_on(tasks: FunctionUnderTest) -> None:
    """But for the due date; what was changed for one occurrence only still ends with it."""
    task = made(tasks, DAILY)
    put(tasks, task, {**DAILY, "title": "Cake"}, "occurrence")
    put(tasks, task, {**DAILY, "title": "Cake", "notes": "Green", "dueAt": "2026-03-02T18:00:00Z"})
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    assert (after["title"], after["notes"], after["dueAt"]) == ("Tea", "Green", TOMORROW)


def test_changing_the_future_changes_the_series_from_here_on(tasks: FunctionUnderTest) -> None:
    """The due date moves the beat, what COUNT has used up stays so, and what was for one only is for all."""
    rule = {"recurrence": {"rule": "FREQ=DAILY;COUNT=3"}}
    task = made(tasks, {**DAILY, **rule})
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    later = {**DAILY, **rule, "title": "Cake", "dueAt": "2026-03-03T18:00:00Z"}
    put(tasks, after, later, "occurrence")
    changed = put(tasks, after, later, "future")
    assert (changed["occurrence"], series_of(tasks, task)["start"]) == (2, "2026-03-03T19:00:00")
    tasks.clock.forward(days=1)
    deleted(tasks, changed, "occurrence")
    [last] = open_tasks(tasks)
    assert (last["title"], last["dueAt"], last["occurrence"]) == ("Cake", "2026-03-04T18:00:00Z", 3)
    deleted(tasks, last, "occurrence")
    assert open_tasks(tasks) == []


def test_a_change_of_what_is_done_already_goes_on_by_it(tasks: FunctionUnderTest) -> None:
    """Whether its completion was heard or not: what follows is by the rule as it is now, and comes once."""
    weekly = {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}
    task = made(tasks, DAILY)
    done(tasks, task)
    put(tasks, task, weekly)
    [after] = open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-09T13:00:00Z", 2)
    assert following(tasks, task, TOMORROW).json["id"] == after["id"]
    once = made(tasks, TEA)
    done(tasks, once)
    put(tasks, once, DAILY)
    assert sorted(one["dueAt"] for one in open_tasks(tasks)) == [TOMORROW, after["dueAt"]]


def test_changing_the_future_with_another_rule_begins_anew(tasks: FunctionUnderTest) -> None:
    """As without a scope."""
    task = made(tasks, DAILY)
    changed = put(tasks, task, {**DAILY, "recurrence": {"rule": "FREQ=WEEKLY"}}, "future")
    assert (changed["occurrence"], series_of(tasks, task)["recurrence"]["rule"]) == (1, "FREQ=WEEKLY")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recurrence": {"rule": "FREQ=WEEKLY"}}, "recurrence"),
        ({"recurrence": None}, "recurrence"),
        ({"timeZone": "Asia/Tokyo"}, "timeZone"),
    ],
)
def test_one_occurrence_has_no_recurrence_of_its_own(
    tasks: FunctionUnderTest, changes: dict[str, Any], field: str
) -> None:
    """The refusal names what is the whole series', and nothing changes."""
    task = made(tasks, DAILY)
    answer = tasks.call("PUT", f"/tasks/{task['id']}?scope=occurrence", {**DAILY, "title": "Cake", **changes})
    assert (refusal(answer), read(tasks, task)) == ((400, [field]), task)


def test_an_occurrence_that_was_followed_has_no_future(tasks: FunctionUnderTest) -> None:
    """The series goes on from its last one."""
    task = made(tasks, DAILY)
    done(tasks, task)
    following(tasks, task, TOMORROW)
    assert refusal(tasks.call("PUT", f"/tasks/{task['id']}?scope=future", {**DAILY, "title": "Cake"})) == (
        409,
        ["scope"],
    )
    assert put(tasks, task, {**DAILY, "title": "Cake"}, "occurrence")["title"] == "Cake"


@pytest.mark.parametrize(("method", "scope"), [("DELETE", "future"), ("DELETE", ""), ("PUT", "series")])
def test_another_scope_is_refused(tasks: FunctionUnderTest, method: str, scope: str) -> None:
    """By its name."""
    task = made(tasks, DAILY)
    answer = tasks.call(method, f"/tasks/{task['id']}?scope={scope}", DAILY if method == "PUT" else None)
    assert (refusal(answer), read(tasks, task)) == ((400, ["scope"]), task)
