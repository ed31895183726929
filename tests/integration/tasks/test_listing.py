"""Lists of tasks."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, done, made, refusal


def listed(tasks: FunctionUnderTest, user: str = "alice", **query: Any) -> list[str]:
    """Return the titles of a list, of every page of it."""
    titles: list[str] = []
    while True:
        answer = tasks.call("GET", f"/tasks?{urlencode(query)}", user=user)
        assert answer.status_code == 200, answer.text
        page = answer.json or {}
        titles += [task["title"] for task in page["items"]]
        if page["next"] is None:
            return titles
        assert page["next"] != query.get("cursor"), "the list goes round in circles"
        query["cursor"] = page["next"]


@pytest.fixture
def some(tasks: FunctionUnderTest) -> FunctionUnderTest:
    """The function tasks with four tasks of alice's, made in the order of their titles, and one of bob's."""
    made(tasks, {**TEA, "title": "a", "priority": "high", "tags": ["home"]})
    tasks.clock.forward(minutes=1)
    b = made(tasks, {**DAILY, "title": "b", "dueAt": "2026-03-04T12:00:00Z", "tags": ["home", "garden"]})
    tasks.clock.forward(minutes=1)
    made(tasks, {"title": "c"})
    tasks.clock.forward(minutes=1)
    made(tasks, {**TEA, "title": "d", "dueAt": "2026-03-03T12:00:00Z", "priority": "high"})
    made(tasks, {**TEA, "title": "e"}, user="bob")
    tasks.clock.forward(minutes=1)
    done(tasks, b)
    return tasks


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, "dcba"),
        ({"sort": "created"}, "dcba"),
        ({"sort": "updated"}, "bdca"),
        ({"sort": "due"}, "adbc"),
        ({"status": "open"}, "dca"),
        ({"status": "completed"}, "b"),
        ({"priority": "high"}, "da"),
        ({"tag": "home"}, "ba"),
        ({"tag": "ome"}, ""),
        ({"recurring": "true"}, "b"),
        ({"recurring": "false"}, "dca"),
        ({"dueBefore": "2026-03-03T12:00:00Z"}, "a"),
        ({"dueAfter": "2026-03-03T12:00:00Z"}, "b"),
        ({"dueAfter": "2026-03-02T13:00:00+01:00", "dueBefore": "2026-03-04T00:00:00Z", "sort": "due"}, "ad"),
        ({"status": "open", "tag": "home", "priority": "high"}, "a"),
    ],
)
def test_filters_combine_and_no_page_hides_a_match(
    some: FunctionUnderTest, query: dict[str, str], titles: str, limit: int
) -> None:
    """Whatever the size of a page, all of them together are the list; another user's tasks are in none."""
    assert "".join(listed(some, limit=limit, **query)) == titles


def test_each_user_has_a_list(some: FunctionUnderTest) -> None:
    """Bob sees his own; an operator who is no owner sees none."""
    assert listed(some, user="bob") == ["e"]
    assert listed(some, user="olga") == []


@pytest.mark.parametrize("sort", ["created", "updated", "due"])
def test_pages_are_stable_among_equals(tasks: FunctionUnderTest, sort: str) -> None:
    """Tasks of one moment come once each, and none twice."""
    for number in range(7):
        made(tasks, {"title": str(number)})
    assert sorted(listed(tasks, sort=sort, limit=2)) == [str(number) for number in range(7)]


def test_a_task_that_is_made_between_two_pages_moves_nothing(some: FunctionUnderTest) -> None:
    """The next page goes on where the first one ended."""
    first = some.call("GET", "/tasks?limit=2").json or {}
    made(some, {"title": "f"})
    second = some.call("GET", f"/tasks?limit=2&cursor={first['next']}").json or {}
    assert [task["title"] for task in first["items"] + second["items"]] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("priority=asap", "priority"),
        ("dueBefore=tomorrow", "dueBefore"),
        ("dueAfter=2026-03-02T13:00:00", "dueAfter"),
        ("tag=", "tag"),
        ("sort=title", "sort"),
        ("recurring=perhaps", "recurring"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzFlMzA4LCJ4Il0", "cursor"),
        ("sort=due&cursor=W251bGwsbnVsbF0", "cursor"),
        ("page=2", "page"),
        ("status=open&status=completed", "status"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(tasks: FunctionUnderTest, query: str, field: str) -> None:
    """Unknown ones as well: a typing error must not show another list."""
    assert refusal(tasks.call("GET", f"/tasks?{query}")) == (400, [field])


def test_a_read_can_be_conditional(tasks: FunctionUnderTest) -> None:
    """304 where the version is the one that is known."""
    place = f"/tasks/{made(tasks)['id']}"
    assert tasks.call("GET", place, if_none_match='"1"').status_code == 304
    assert tasks.call("GET", place, if_none_match='"2"').status_code == 200
