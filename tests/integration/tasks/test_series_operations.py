"""Series: their history, and how they go on."""

from typing import Any

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, NOBODYS, done, events, following, made, read, refusal, series_of

TOMORROW = "2026-03-03T13:00:00Z"


def patched(tasks: FunctionUnderTest, task: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Change a task's series and return it."""
    answer = tasks.call("PATCH", f"/series/{task['seriesId']}", changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{(answer.json or {})["version"]}"'
    return dict(answer.json or {})


def open_tasks(tasks: FunctionUnderTest) -> list[dict[str, Any]]:
    """Return alice's open tasks."""
    return list((tasks.call("GET", "/tasks?status=open").json or {})["items"])


def test_a_series_tells_its_history(tasks: FunctionUnderTest) -> None:
    """The newest occurrence first; one that was done late says how late."""
    task = made(tasks, DAILY)
    tasks.clock.forward(hours=3)
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    series = series_of(tasks, task)
    assert {name: series[name] for name in ("start", "timeZone", "status", "version")} == {
        "start": "2026-03-02T14:00:00",
        "timeZone": "Europe/Berlin",
        "status": "active",
        "version": 1,
    }
    shown = [(one["id"], one["occurrence"], one["status"], one["lateBy"]) for one in series["occurrences"]]
    assert shown == [(after["id"], 2, "open", None), (task["id"], 1, "completed", "PT2H")]


def test_another_rule_changes_the_open_occurrence(tasks: FunctionUnderTest) -> None:
    """It is the first of the series anew, and its event carries both; what was done stays as it was."""
    task = made(tasks, DAILY)
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    series = patched(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=3"})
    assert (series["start"], series["recurrence"]["rule"]) == ("2026-03-03T14:00:00", "FREQ=WEEKLY;COUNT=3")
    changed = read(tasks, after)
    assert (changed["recurrence"]["rule"], changed["occurrence"]) == ("FREQ=WEEKLY;COUNT=3", 1)
    assert read(tasks, task)["recurrence"]["rule"] == "FREQ=DAILY"
    said = events(tasks)[-1]
    assert said.series is not None
    assert (tasks.emitted_types()[-1], said.series.recurrence.rule) == ("TaskUpdated", "FREQ=WEEKLY;COUNT=3")


def test_a_policy_changes_by_itself(tasks: FunctionUnderTest) -> None:
    """What is left out stays, the count as well."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=5", "anchor": "completion"}})
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    series = patched(tasks, task, recurrence={"missed": "all"})
    assert series["recurrence"] == {
        "rule": "FREQ=DAILY;COUNT=5",
        "anchor": "completion",
        "missed": "all",
        "monthEnd": "skip",
    }
    assert (series["start"], read(tasks, after)["occurrence"]) == ("2026-03-02T14:00:00", 2)


def test_a_rule_changes_while_nothing_is_open(tasks: FunctionUnderTest) -> None:
    """The occurrence that is still to come has it."""
    task = made(tasks, DAILY)
    done(tasks, task)
    patched(tasks, task, recurrence={"rule": "FREQ=WEEKLY"})
    assert following(tasks, task, TOMORROW).json["recurrence"]["rule"] == "FREQ=WEEKLY"


@pytest.mark.parametrize(
    "changes",
    [{}, {"status": "active"}, {"recurrence": {}}, {"recurrence": {"rule": "FREQ=DAILY", "missed": "skip"}}],
)
def test_a_change_to_the_same_is_none(tasks: FunctionUnderTest, changes: dict[str, Any]) -> None:
    """The version stays, and nothing is said."""
    task = made(tasks, DAILY)
    assert patched(tasks, task, **changes)["version"] == 1
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_paused_series_holds_back_and_makes_up(tasks: FunctionUnderTest) -> None:
    """Nothing follows; let go on, the next occurrence is the first one ahead, and comes once."""
    task = made(tasks, DAILY)
    assert patched(tasks, task, status="paused")["status"] == "paused"
    done(tasks, task)
    assert following(tasks, task, TOMORROW).status_code == 204
    assert open_tasks(tasks) == []
    tasks.clock.forward(days=3)
    series = patched(tasks, task, status="active")
    [after] = open_tasks(tasks)
    assert (after["dueAt"], after["occurrence"], after["seriesId"]) == ("2026-03-05T13:00:00Z", 4, task["seriesId"])
    assert [one["id"] for one in series["occurrences"]] == [after["id"], task["id"]]
    assert following(tasks, task, TOMORROW).json["id"] == after["id"]
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted", "TaskCreated"]


def test_a_pause_that_missed_nothing_creates_nothing(tasks: FunctionUnderTest) -> None:
    """The open occurrence is still there."""
    task = made(tasks, DAILY)
    patched(tasks, task, status="paused")
    patched(tasks, task, status="active")
    assert [one["id"] for one in open_tasks(tasks)] == [task["id"]]
    assert tasks.emitted_types() == ["TaskCreated"]


def test_a_series_that_is_over_does_not_go_on(tasks: FunctionUnderTest) -> None:
    """COUNT was used up before the pause ended."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    patched(tasks, task, status="paused")
    done(tasks, task)
    tasks.clock.forward(days=3)
    patched(tasks, task, status="active")
    assert open_tasks(tasks) == []


def test_another_rule_does_not_end_a_pause(tasks: FunctionUnderTest) -> None:
    """Neither through the series nor through its task."""
    task = made(tasks, DAILY)
    patched(tasks, task, status="paused")
    assert patched(tasks, task, recurrence={"rule": "FREQ=WEEKLY"})["status"] == "paused"
    tasks.call("PUT", f"/tasks/{task['id']}", DAILY)
    assert series_of(tasks, task)["status"] == "paused"


def test_exdates_are_left_out_before_they_come(tasks: FunctionUnderTest) -> None:
    """Written on the wall clock or as moments, in any order; also where the completion was said before."""
    task = made(tasks, DAILY)
    done(tasks, task)
    series = patched(tasks, task, exdates=["2026-03-04T14:00:00", TOMORROW, TOMORROW])
    assert series["exdates"] == [TOMORROW, "2026-03-04T13:00:00Z"]
    after = following(tasks, task, TOMORROW).json
    assert (after["dueAt"], after["occurrence"]) == ("2026-03-05T13:00:00Z", 4)
    assert events(tasks)[-1].series is not None
    assert patched(tasks, task, exdates=[])["exdates"] == []


def test_exdates_may_leave_nothing(tasks: FunctionUnderTest) -> None:
    """The last of COUNT was left out after the completion was said: nothing follows, and that is no error."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    done(tasks, task)
    patched(tasks, task, exdates=[TOMORROW])
    assert following(tasks, task, TOMORROW).status_code == 204


@pytest.mark.parametrize("paused", [False, True])
def test_another_rule_is_followed_by_what_is_done_already(tasks: FunctionUnderTest, paused: bool) -> None:  # noqa: FBT001 - pytest's
    """It begins anew there, its COUNT with it, though the completion of before was said by the old rule."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    done(tasks, task)
    after = following(tasks, task, TOMORROW).json
    if paused:
        patched(tasks, task, status="paused")
    done(tasks, after)
    assert patched(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=2"})["start"] == "2026-03-03T14:00:00"
    if paused:
        assert open_tasks(tasks) == []
        patched(tasks, task, status="active")
    [last] = open_tasks(tasks)
    assert (last["dueAt"], last["occurrence"]) == ("2026-03-10T13:00:00Z", 2)
    assert following(tasks, after, "2026-03-04T13:00:00Z", number=3).json == last


def test_another_rule_begins_anew_at_what_was_skipped(tasks: FunctionUnderTest) -> None:
    """It stays deleted, and the series goes on from it as from any other."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    done(tasks, task)
    tasks.clock.forward(minutes=1)
    after = following(tasks, task, TOMORROW).json
    patched(tasks, task, status="paused")
    tasks.call("DELETE", f"/tasks/{after['id']}?scope=occurrence")
    patched(tasks, task, recurrence={"rule": "FREQ=WEEKLY;COUNT=2"})
    assert open_tasks(tasks) == []
    series = patched(tasks, task, status="active")
    assert [(one["dueAt"], one["occurrence"]) for one in open_tasks(tasks)] == [("2026-03-10T13:00:00Z", 2)]
    assert [one["status"] for one in series["occurrences"]] == ["open", "skipped", "completed"]


def test_what_is_no_longer_left_out_follows_at_once(tasks: FunctionUnderTest) -> None:
    """Its series had come to an end by then, and nobody would ask again."""
    task = made(tasks, {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    patched(tasks, task, exdates=[TOMORROW])
    done(tasks, task)
    assert following(tasks, task, TOMORROW).status_code == 204
    patched(tasks, task, exdates=[])
    assert [one["dueAt"] for one in open_tasks(tasks)] == [TOMORROW]


def test_an_ended_series_stays_so(tasks: FunctionUnderTest) -> None:
    """Nothing follows, no change is taken, and ending it again is fine."""
    task = made(tasks, DAILY)
    version = patched(tasks, task, status="ended")["version"]
    done(tasks, task)
    assert following(tasks, task, TOMORROW).status_code == 204
    for changes in (
        {"status": "active"},
        {"status": "paused"},
        {"recurrence": {"missed": "all"}},
        {"exdates": [TOMORROW]},
    ):
        assert tasks.call("PATCH", f"/series/{task['seriesId']}", changes).status_code == 409
    assert patched(tasks, task, status="ended")["version"] == version


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "asleep"}, "status"),
        ({"status": None}, "status"),
        ({"recurrence": None}, "recurrence"),
        ({"recurrence": {"rule": None}}, "recurrence.rule"),
        ({"recurrence": {"rule": "FREQ=NEVER"}}, "recurrence.rule"),
        ({"exdates": None}, "exdates"),
        ({"exdates": ["tomorrow"]}, "exdates.0"),
        ({"exdates": ["1970-01-01T00:30:00"]}, "exdates"),
        ({"exdates": [TOMORROW] * 101}, "exdates"),
        ({"start": "2026-03-02T14:00:00"}, "start"),
    ],
)
def test_a_bad_change_is_refused_by_field(tasks: FunctionUnderTest, changes: dict[str, Any], field: str) -> None:
    """And nothing changes."""
    task = made(tasks, DAILY)
    assert refusal(tasks.call("PATCH", f"/series/{task['seriesId']}", changes)) == (400, [field])
    assert series_of(tasks, task)["version"] == 1


def test_a_change_of_an_old_version_is_refused(tasks: FunctionUnderTest) -> None:
    """412 says which version is current."""
    task = made(tasks, DAILY)
    patched(tasks, task, status="paused")
    answer = tasks.call("PATCH", f"/series/{task['seriesId']}", {"status": "ended"}, if_match='"1"')
    assert (answer.status_code, (answer.json or {})["version"]) == (412, 2)


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_anothers_series_is_not_there(tasks: FunctionUnderTest, method: str) -> None:
    """The answer is that of a series that never was."""
    task = made(tasks, DAILY)
    body = {"status": "ended"} if method == "PATCH" else None
    answers = [tasks.call(method, f"/series/{one}", body, user="mallory") for one in (task["seriesId"], NOBODYS)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert series_of(tasks, task)["status"] == "active"
