"""What a rule leads to: a task is completed again and again, and its occurrences are due when the RFC says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.recurrence.stories import DAILY, completed_again, open_tasks

BERLIN = "Europe/Berlin"


def created(tasks: FunctionUnderTest, due_at: str, rule: str, **recurrence: str) -> dict[str, Any]:
    """Create a task on Berlin's wall clock, of whose occurrences none is left out however late it is done."""
    draft = {"title": "Tea", "dueAt": due_at, "timeZone": BERLIN}
    answer = tasks.call("POST", "/tasks", {**draft, "recurrence": {"rule": rule, "missed": "all", **recurrence}})
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def following(tasks: FunctionUnderTest, reaction: FunctionUnderTest, task: dict[str, Any], count: int) -> list[str]:
    """Complete a task and what follows it, and return when each that followed is due; fewer where the rule ends."""
    due: list[str] = []
    while len(due) < count:
        assert reaction.deliver(completed_again(tasks, task["id"])).status_code == 202
        after = open_tasks(tasks)
        if not after:
            break
        [task] = after
        due.append(task["dueAt"])
    return due


def on_the_wall(moments: list[str]) -> list[str]:
    """Return moments as days, with the time of day where that is another than nine."""
    walls = [datetime.fromisoformat(moment).astimezone(ZoneInfo(BERLIN)) for moment in moments]
    return [f"{wall:%Y-%m-%d}" if (wall.hour, wall.minute) == (9, 0) else f"{wall:%Y-%m-%dT%H:%M}" for wall in walls]


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        pytest.param("2026-03-02", "FREQ=DAILY;INTERVAL=3", "2026-03-05 2026-03-08 2026-03-11", id="INTERVAL"),
        pytest.param("1997-09-05", "FREQ=MONTHLY;BYDAY=1FR", "1997-10-03 1997-11-07 1997-12-05", id="BYDAY-first"),
        pytest.param("1997-09-22", "FREQ=MONTHLY;BYDAY=-2MO", "1997-10-20 1997-11-17 1997-12-22", id="BYDAY-from-end"),
        pytest.param("1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-10-29 1997-11-28 1997-12-29", id="BYMONTHDAY"),
        pytest.param("1997-06-10", "FREQ=YEARLY;BYMONTH=6,7", "1997-07-10 1998-06-10 1998-07-10", id="BYMONTH"),
        pytest.param(
            "1997-09-29",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-10-30 1997-11-27 1997-12-30",
            id="BYSETPOS",
        ),
        pytest.param(
            "1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1998-05-11 1999-05-17 2000-05-15", id="BYWEEKNO"
        ),
        pytest.param(
            "1997-01-01",
            "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
            "1997-04-10 1997-07-19 2000-01-01",
            id="BYYEARDAY",
        ),
        pytest.param(
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
            "1997-08-10 1997-08-19 1997-08-24",
            id="WKST-MO",
        ),
        pytest.param(
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            "1997-08-17 1997-08-19 1997-08-31",
            id="WKST-SU",
        ),
        pytest.param("2026-03-02", "FREQ=DAILY;COUNT=3", "2026-03-03 2026-03-04", id="COUNT"),
        pytest.param("2026-03-02", "FREQ=DAILY;UNTIL=20260304T080000Z", "2026-03-03 2026-03-04", id="UNTIL"),
        pytest.param("2026-03-02", "FREQ=DAILY;UNTIL=20260304T075959Z", "2026-03-03", id="UNTIL-to-the-second"),
        pytest.param("1997-09-02", "FREQ=HOURLY;INTERVAL=3;COUNT=3", "1997-09-02T12:00 1997-09-02T15:00", id="HOURLY"),
        pytest.param(
            "1997-09-02", "FREQ=MINUTELY;INTERVAL=90;COUNT=3", "1997-09-02T10:30 1997-09-02T12:00", id="MINUTELY"
        ),
        pytest.param("2026-01-31", "FREQ=MONTHLY", "2026-03-31 2026-05-31 2026-07-31", id="day-31-is-skipped"),
        pytest.param("2028-02-29", "FREQ=YEARLY", "2032-02-29 2036-02-29 2040-02-29", id="29-february-is-skipped"),
    ],
)
def test_every_part_of_a_rule_is_followed(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, start: str, rule: str, expected: str
) -> None:
    """RFC 5545, most from the examples of section 3.8.5.3; each occurrence in its turn, whenever it is done."""
    task = created(tasks, f"{start}T09:00:00", rule)
    assert " ".join(on_the_wall(following(tasks, reaction, task, 3))) == expected


@pytest.mark.parametrize(
    ("due_at", "rule", "expected"),
    [
        # Clocks go from 02:00 to 03:00 on 29 March 2026, and back from 03:00 to 02:00 on 25 October.
        pytest.param("2026-03-28T02:30:00", "FREQ=DAILY", "29T01:30Z 30T00:30Z 31T00:30Z", id="a-day-in-the-gap"),
        pytest.param("2026-10-24T02:30:00", "FREQ=DAILY", "25T00:30Z 26T01:30Z 27T01:30Z", id="a-day-in-the-fold"),
        pytest.param("2026-03-29T01:30:00", "FREQ=HOURLY", "29T01:30Z 29T02:30Z 29T03:30Z", id="hours-over-the-gap"),
        pytest.param("2026-10-25T01:30:00", "FREQ=HOURLY", "25T00:30Z 25T01:30Z 25T02:30Z", id="hours-over-the-fold"),
        pytest.param(
            "2026-10-25T02:30:00", "FREQ=MINUTELY;INTERVAL=45", "25T01:15Z 25T02:00Z 25T02:45Z", id="within-the-fold"
        ),
        pytest.param(
            "2026-10-25T01:30:00Z", "FREQ=HOURLY;INTERVAL=5", "25T06:30Z 25T11:30Z 25T16:30Z", id="from-its-second-hour"
        ),
    ],
)
def test_days_are_on_the_wall_and_hours_in_utc(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest, due_at: str, rule: str, expected: str
) -> None:
    """A time in a gap moves forward by the gap, one in a fold is the first; the preview knows it before."""
    draft = {"title": "Tea", "dueAt": due_at, "timeZone": BERLIN, "recurrence": {"rule": rule}}
    preview = tasks.call("POST", "/tasks/preview", draft).json or {}
    found = following(tasks, reaction, created(tasks, due_at, rule), 3)
    for moments in (found, preview["next"]):
        assert " ".join(f"{datetime.fromisoformat(moment):%dT%H:%MZ}" for moment in moments) == expected


def test_a_series_that_begins_in_a_gap_goes_on_at_its_own_time(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """The gap moves the one occurrence in it, also where another rule begins anew there; the preview says so before."""
    draft = {"title": "Tea", "timeZone": BERLIN, "recurrence": {"rule": "FREQ=DAILY"}}
    preview = tasks.call("POST", "/tasks/preview", {**draft, "dueAt": "2026-03-29T02:30:00"}).json or {}
    assert preview["next"][0] == "2026-03-30T00:30:00Z"
    assert "on 29 March 2026 clocks skip 02:30: it will be 03:30" in preview["warnings"]
    begun_there = created(tasks, "2026-03-29T02:30:00", "FREQ=DAILY")
    assert following(tasks, reaction, begun_there, 1) == ["2026-03-30T00:30:00Z"]
    tasks.call("DELETE", f"/tasks/{open_tasks(tasks)[0]['id']}?scope=series")
    following(tasks, reaction, created(tasks, "2026-03-28T02:30:00", "FREQ=DAILY"), 1)
    [in_the_gap] = open_tasks(tasks)
    place, weekly = f"/tasks/{in_the_gap['id']}", {**draft, "recurrence": {"rule": "FREQ=WEEKLY"}}
    tasks.call("PATCH", f"/series/{in_the_gap['seriesId']}", {"recurrence": {"rule": "FREQ=DAILY;INTERVAL=2"}})
    assert tasks.call("PUT", place, {**weekly, "dueAt": in_the_gap["dueAt"]}).status_code == 200
    assert following(tasks, reaction, in_the_gap, 1) == ["2026-04-05T00:30:00Z"]


@pytest.mark.parametrize(
    ("due_at", "moment"),
    [("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"), ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z")],
    ids=["gap", "fold"],
)
def test_a_due_date_in_a_gap_moves_forward_and_one_in_a_fold_is_the_first(
    tasks: FunctionUnderTest, due_at: str, moment: str
) -> None:
    """As the description of the API says, too."""
    assert created(tasks, due_at, "FREQ=DAILY")["dueAt"] == moment
    described = tasks.client.get("/openapi.json").get_data(as_text=True)
    assert "A time in a DST gap moves forward by the gap, one in a fold is the first." in described


def test_two_chats_that_complete_an_occurrence_at_once_make_one_next_one(
    tasks: FunctionUnderTest, reaction: FunctionUnderTest
) -> None:
    """All are answered alike, and so is whoever completes it again later; whatever is heard, one occurrence follows."""
    task = tasks.call("POST", "/tasks", DAILY).json or {}
    place = f"/tasks/{task['id']}/complete"
    chats = [
        FunctionUnderTest(tasks.client.application.test_client(), tasks.broker, tasks.database, tasks.clock)
        for _ in range(6)
    ]
    for chat in chats:
        chat.keys = tasks.keys
    with ThreadPoolExecutor(len(chats)) as pool:
        answers = list(pool.map(lambda chat: chat.call("POST", place), chats))
    answers.append(tasks.call("POST", place))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    for event in [event for event in tasks.emitted if event.attributes.type == "todo.TaskCompleted"]:
        assert reaction.deliver(event).status_code == 202
    assert [one["occurrence"] for one in open_tasks(tasks)] == [2]
    series = tasks.call("GET", f"/series/{task['seriesId']}").json or {}
    assert [one["status"] for one in series["occurrences"]] == ["open", "completed"]
