"""The audit log over HTTP."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest

from events.reminder import ReminderScheduled
from events.task import TaskCreated
from tests.functions import FunctionUnderTest, Load
from tests.samples import NOON, TASK_ID, a_reminder, a_task, an_event

OPERATOR = ("operator",)


@pytest.fixture
def audit(function: Load) -> FunctionUnderTest:
    """The audit service with six entries: alice's and bob's in turn, a minute apart."""
    append = function("append-audit")
    for number in range(6):
        user = ("alice", "bob")[number % 2]
        data = TaskCreated(task=a_task(user_id=user)) if number < 4 else ReminderScheduled(reminder=a_reminder())
        append.deliver(an_event(data, time=NOON + timedelta(minutes=number), correlationid=f"story-{number // 2}"))
    return function("audit")


def indexes(audit: FunctionUnderTest, query: str = "") -> list[int]:
    """Return the indexes of the entries on a page."""
    answer = audit.call("GET", f"/audit/entries?{query}", roles=OPERATOR)
    assert answer.status_code == 200, answer.text
    return [item["index"] for item in answer.get_json()["items"]]


def test_an_entry_is_shown_with_its_event(audit: FunctionUnderTest) -> None:
    """An item has its index, the bytes that are hashed, the event as it came, its key, and when it was appended."""
    item: dict[str, Any] = audit.call("GET", "/audit/entries/0", roles=OPERATOR).get_json()
    assert sorted(item) == ["appendedAt", "contentKey", "event", "forgotten", "index", "leaf"]
    leaf = json.loads(b64decode(item["leaf"]))
    assert leaf["appendedAt"] == item["appendedAt"]
    differing = {name for name in leaf["event"] if leaf["event"][name] != item["event"][name]}
    assert differing == {"data", "datacontenttype"}
    assert item["event"]["data"]["task"]["title"] == a_task().title
    assert (item["index"], item["event"]["type"], item["event"]["userid"]) == (0, "todo.TaskCreated", "alice")
    assert audit.call("GET", "/audit/entries", roles=OPERATOR).get_json()["items"][0] == item


@pytest.mark.parametrize("index", ["6", "99999999999999999999"])
def test_an_index_beyond_the_log_is_not_there(audit: FunctionUnderTest, index: str) -> None:
    """An entry that is not there yet is answered with 404."""
    assert audit.call("GET", f"/audit/entries/{index}", roles=OPERATOR).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("start=4", [4, 5]),
        ("start=1&limit=2", [1, 2]),
        ("userId=bob", [1, 3]),
        ("userId=nobody", []),
        ("type=todo.ReminderScheduled", [4, 5]),
        (f"subject={TASK_ID}", [0, 1, 2, 3]),
        ("correlationId=story-1", [2, 3]),
        ("after=2026-03-02T12:02:00Z&before=2026-03-02T12:04:00Z", [2, 3]),
        ("userId=alice&after=2026-03-02T13:02:00%2B01:00", [2, 4, 5]),
    ],
)
def test_entries_are_found_by_all_that_is_asked(audit: FunctionUnderTest, query: str, found: list[int]) -> None:
    """A range and filters combine; the order is the log's."""
    assert indexes(audit, query) == found


def test_pages_follow_each_other(audit: FunctionUnderTest) -> None:
    """The next of a page leads on, under the same filters, to the last one."""
    query, seen = "type=todo.TaskCreated&limit=3", list[int]()
    cursor = ""
    while True:
        answer = audit.call("GET", f"/audit/entries?{query}{cursor}", roles=OPERATOR).get_json()
        seen += [item["index"] for item in answer["items"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "query", ["start=-1", "start=9223372036854775808", "after=noon", "colour=red", "cursor=x", "limit=0"]
)
def test_a_wrong_parameter_is_named(audit: FunctionUnderTest, query: str) -> None:
    """A parameter that is unknown or wrong is answered with 400 and its name."""
    answer = audit.call("GET", f"/audit/entries?{query}", roles=OPERATOR)
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/audit/entries",
        "/audit/entries/0",
        "/audit/checkpoint",
        "/audit/key",
        "/audit/proof/inclusion?index=0&size=1",
        "/audit/proof/consistency?first=1&second=1",
    ],
)
def test_the_log_is_for_operators(audit: FunctionUnderTest, path: str) -> None:
    """A user is refused, also their own entries."""
    assert audit.call("GET", path).status_code == 403
    assert audit.client.get(path).status_code == 401
