"""Lists of tasks."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.chassis.http.pagination import encode_cursor
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, NOBODYS, TEA, done, made, refusal


def listed(tasks: FunctionUnderTest, user: str = "alice", **query: Any) -> list[str]:
    """Return the titles of a list, of every page of it."""
    titles: list[str] = []
    while True:
        answer = tasks.call("GET", f"/tasks?{urlencode(query, doseq=True)}", user=user)
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
        ({"sort": "priority"}, "adbc"),
        ({"status": "open"}, "dca"),
        ({"status": "completed"}, "b"),
        ({"priority": "high"}, "da"),
        ({"tag": "home"}, "ba"),
        ({"tag": "ome"}, ""),
        ({"tag": ["home", "garden"]}, "b"),
        ({"tag": ["home", "work"]}, ""),
        ({"overdue": "true"}, ""),
        ({"overdue": "false", "priority": "high"}, "da"),
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


@pytest.mark.parametrize(
    "query",
    [
        {"status": "completed"},
        {"priority": "low"},
        {"tag": "home"},
        {"dueAfter": "2026-03-02T12:30:00Z", "dueBefore": "2026-03-02T14:00:00Z"},
        {"overdue": "false", "tag": "home"},
        {"recurring": "true"},
        {"q": "fern"},
    ],
    ids=str,
)
def test_one_match_among_many_is_on_the_first_page(tasks: FunctionUnderTest, query: dict[str, str]) -> None:
    """However many stand before it in the order that do not match: a page is of matches alone."""
    match = made(tasks, {**DAILY, "title": "match", "notes": "The fern", "priority": "low", "tags": ["home"]})
    if query.get("status"):
        done(tasks, match)
    tasks.clock.forward(minutes=1)
    for number in range(5):
        made(tasks, {**TEA, "title": str(number), "priority": "high", "dueAt": "2026-03-02T12:05:00Z"})
    for sort in ("created", "updated", "due", "priority"):
        assert not listed_first(tasks, sort=sort).startswith("match")
        assert listed_first(tasks, sort=sort, **query) == "match, and no more"


def listed_first(tasks: FunctionUnderTest, **query: str) -> str:
    """Return what is on the first page of one, and whether there is another."""
    page = tasks.call("GET", f"/tasks?{urlencode({**query, 'limit': 1})}").json or {}
    [task] = page["items"]
    return f"{task['title']}, and {'more' if page['next'] else 'no more'}"


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


def test_what_is_overdue_is_open_and_due_in_the_past(some: FunctionUnderTest) -> None:
    """What is done is not overdue, whenever it was due, and neither is what was never due."""
    some.clock.forward(days=3)
    assert listed(some, overdue="true", sort="due") == ["a", "d"]
    assert listed(some, overdue="false", sort="due") == ["b", "c"]


def test_the_most_important_come_first(tasks: FunctionUnderTest) -> None:
    """Among equals the soonest, and those without a due date last."""
    for title, priority, due in (
        ("d", "low", 1),
        ("c", "medium", 2),
        ("b", "high", 2),
        ("e", "none", 1),
        ("a", "high", 1),
    ):
        made(tasks, {**TEA, "title": title, "priority": priority, "dueAt": f"2026-03-0{due}T12:00:00Z"})
    made(tasks, {"title": "z"})
    for limit in (1, 2, 50):
        assert "".join(listed(tasks, sort="priority", limit=limit)) == "abcdez"


@pytest.mark.parametrize("sort", ["created", "updated", "due", "priority"])
def test_what_stays_where_it_is_comes_once_whatever_is_written_between_two_pages(
    tasks: FunctionUnderTest, sort: str
) -> None:
    """Others are made, moved, done and deleted before and behind the cursor; nothing else is left out or seen twice."""
    still: list[dict[str, Any]] = []
    moving: list[dict[str, Any]] = []
    for number in range(24):
        fields = {
            **TEA,
            "priority": ("high", "none", "low")[number % 3],
            "dueAt": f"2026-03-{1 + number % 7:02}T12:00:00Z",
        }
        task = made(tasks, {**fields, "title": str(number)})
        (moving if number % 2 else still).append(task)
        tasks.clock.forward(seconds=number % 4)
    writes: list[Callable[[], Any]] = [
        lambda: made(tasks, {"title": "new"}),
        lambda: made(tasks, {**TEA, "title": "sooner", "priority": "high", "dueAt": "2026-02-01T12:00:00Z"}),
        lambda: tasks.call("PUT", f"/tasks/{moving.pop()['id']}", {**TEA, "title": "moved", "priority": "medium"}),
        lambda: done(tasks, moving.pop(0)),
        lambda: tasks.call("DELETE", f"/tasks/{moving.pop()['id']}"),
    ]
    seen, query = [], ""
    for turn in range(100):
        page = tasks.call("GET", f"/tasks?sort={sort}&limit=2{query}").json or {}
        seen += [task["id"] for task in page["items"]]
        if page["next"] is None:
            break
        query = f"&cursor={page['next']}"
        tasks.clock.forward(seconds=1)
        if turn < 2 * len(writes):
            writes[turn % len(writes)]()
    assert [seen.count(task["id"]) for task in still] == [1] * len(still)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("priority=asap", "priority"),
        ("dueBefore=tomorrow", "dueBefore"),
        ("dueAfter=2026-03-02T13:00:00", "dueAfter"),
        ("tag=", "tag.0"),
        ("tag=home&tag=", "tag.1"),
        ("overdue=late", "overdue"),
        ("q=", "q"),
        ("q=%20%3F!", "q"),
        ("sort=priority&cursor=WzFd", "cursor"),
        ("sort=title", "sort"),
        ("recurring=perhaps", "recurring"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzFlMzA4LCJ4Il0", "cursor"),
        ("sort=due&cursor=W251bGwsbnVsbF0", "cursor"),
        (f"sort=priority&cursor={encode_cursor(['priority', 2**40, None, NOBODYS])}", "cursor"),
        (f"cursor={encode_cursor(['created', '0001-01-01T00:00:00+14:00', NOBODYS])}", "cursor"),
        ("page=2", "page"),
        ("status=open&status=completed", "status"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(tasks: FunctionUnderTest, query: str, field: str) -> None:
    """Unknown ones as well: a typing error must not show another list."""
    assert refusal(tasks.call("GET", f"/tasks?{query}")) == (400, [field])


def test_a_cursor_is_for_the_order_that_it_is_of(some: FunctionUnderTest) -> None:
    """In another, the place that it holds would hide what comes before; any filter may come with it."""
    orders = ("created", "updated", "due", "priority")
    for sort in orders:
        following = (some.call("GET", f"/tasks?sort={sort}&limit=1").json or {})["next"]
        for other in orders:
            answer = some.call("GET", f"/tasks?sort={other}&status=open&cursor={following}")
            assert refusal(answer) == ((200, []) if other == sort else (400, ["cursor"]))


def test_a_read_can_be_conditional(tasks: FunctionUnderTest) -> None:
    """304 where the version is the one that is known."""
    place = f"/tasks/{made(tasks)['id']}"
    assert tasks.call("GET", place, if_none_match='"1"').status_code == 304
    assert tasks.call("GET", place, if_none_match='"2"').status_code == 200


@pytest.mark.parametrize("of", ["tasks", "series"])
def test_a_read_of_a_version_that_is_gone_is_a_problem(tasks: FunctionUnderTest, of: str) -> None:
    """412 says which version is current, as to a write; a weak tag is never enough (RFC 9110, section 13.1.1)."""
    task = made(tasks, DAILY)
    place = f"/{of}/{task['id'] if of == 'tasks' else task['seriesId']}"
    assert tasks.call("GET", place, if_match='"7", "1"').status_code == 200
    for tag in ('"2"', 'W/"1"'):
        answer = tasks.call("GET", place, if_match=tag)
        assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
        assert (answer.json or {})["version"] == 1
