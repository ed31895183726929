"""Listing and reading tasks."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.chassis.http.pagination import encode_cursor
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import DAILY, TEA, UNKNOWN_ID, complete_task, create_task, rejected_fields


def list_titles(tasks: FunctionUnderTest, user: str = "alice", **query: Any) -> list[str]:
    """Return the titles of all pages of a list."""
    titles: list[str] = []
    while True:
        answer = tasks.call("GET", f"/tasks?{urlencode(query, doseq=True)}", user=user)
        assert answer.status_code == 200, answer.text
        page = answer.json or {}
        titles += [task["title"] for task in page["items"]]
        if page["next"] is None:
            return titles
        assert page["next"] != query.get("cursor"), "the list repeats a page"
        query["cursor"] = page["next"]


@pytest.fixture
def four_tasks(tasks: FunctionUnderTest) -> FunctionUnderTest:
    """The function tasks with four tasks of alice's, created in the order of their titles, and one task of bob's."""
    create_task(tasks, {**TEA, "title": "a", "priority": "high", "tags": ["home"]})
    tasks.clock.forward(minutes=1)
    b = create_task(tasks, {**DAILY, "title": "b", "dueAt": "2026-03-04T12:00:00Z", "tags": ["home", "garden"]})
    tasks.clock.forward(minutes=1)
    create_task(tasks, {"title": "c"})
    tasks.clock.forward(minutes=1)
    create_task(tasks, {**TEA, "title": "d", "dueAt": "2026-03-03T12:00:00Z", "priority": "high"})
    create_task(tasks, {**TEA, "title": "e"}, user="bob")
    tasks.clock.forward(minutes=1)
    complete_task(tasks, b)
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
def test_filters_combine_on_pages_of_every_size(
    four_tasks: FunctionUnderTest, query: dict[str, str], titles: str, limit: int
) -> None:
    """All pages together are the list. Another user's tasks are never listed."""
    assert "".join(list_titles(four_tasks, limit=limit, **query)) == titles


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
def test_a_single_match_is_on_the_first_page(tasks: FunctionUnderTest, query: dict[str, str]) -> None:
    """Other tasks do not use up the size of a page."""
    match = create_task(tasks, {**DAILY, "title": "match", "notes": "The fern", "priority": "low", "tags": ["home"]})
    if query.get("status"):
        complete_task(tasks, match)
    tasks.clock.forward(minutes=1)
    for number in range(5):
        create_task(tasks, {**TEA, "title": str(number), "priority": "high", "dueAt": "2026-03-02T12:05:00Z"})
    for sort in ("created", "updated", "due", "priority"):
        assert not describe_first_page(tasks, sort=sort).startswith("match")
        assert describe_first_page(tasks, sort=sort, **query) == "match, the only page"


def describe_first_page(tasks: FunctionUnderTest, **query: str) -> str:
    """Return the only task on the first page, and whether there is another page."""
    page = tasks.call("GET", f"/tasks?{urlencode({**query, 'limit': 1})}").json or {}
    [task] = page["items"]
    return f"{task['title']}, {'more pages' if page['next'] else 'the only page'}"


def test_each_user_lists_their_own_tasks(four_tasks: FunctionUnderTest) -> None:
    """Bob lists his own task. An operator without tasks lists none."""
    assert list_titles(four_tasks, user="bob") == ["e"]
    assert list_titles(four_tasks, user="olga") == []


@pytest.mark.parametrize("sort", ["created", "updated", "due"])
def test_tasks_with_equal_times_are_listed_once(tasks: FunctionUnderTest, sort: str) -> None:
    """Each task is on exactly one page."""
    for number in range(7):
        create_task(tasks, {"title": str(number)})
    assert sorted(list_titles(tasks, sort=sort, limit=2)) == [str(number) for number in range(7)]


def test_an_overdue_task_is_open_and_due_in_the_past(four_tasks: FunctionUnderTest) -> None:
    """A completed task and a task without a due date are not overdue."""
    four_tasks.clock.forward(days=3)
    assert list_titles(four_tasks, overdue="true", sort="due") == ["a", "d"]
    assert list_titles(four_tasks, overdue="false", sort="due") == ["b", "c"]


def test_the_order_by_priority_lists_the_most_important_first(tasks: FunctionUnderTest) -> None:
    """Tasks of equal priority are in the order of their due dates, those without one last."""
    for title, priority, due in (
        ("d", "low", 1),
        ("c", "medium", 2),
        ("b", "high", 2),
        ("e", "none", 1),
        ("a", "high", 1),
    ):
        create_task(tasks, {**TEA, "title": title, "priority": priority, "dueAt": f"2026-03-0{due}T12:00:00Z"})
    create_task(tasks, {"title": "z"})
    for limit in (1, 2, 50):
        assert "".join(list_titles(tasks, sort="priority", limit=limit)) == "abcdez"


@pytest.mark.parametrize("sort", ["created", "updated", "due", "priority"])
def test_unchanged_tasks_are_listed_once_during_writes(tasks: FunctionUnderTest, sort: str) -> None:
    """Other tasks are created, moved, completed and deleted before and after the cursor."""
    still: list[dict[str, Any]] = []
    moving: list[dict[str, Any]] = []
    for number in range(24):
        fields = {
            **TEA,
            "priority": ("high", "none", "low")[number % 3],
            "dueAt": f"2026-03-{1 + number % 7:02}T12:00:00Z",
        }
        task = create_task(tasks, {**fields, "title": str(number)})
        (moving if number % 2 else still).append(task)
        tasks.clock.forward(seconds=number % 4)
    writes: list[Callable[[], Any]] = [
        lambda: create_task(tasks, {"title": "new"}),
        lambda: create_task(tasks, {**TEA, "title": "sooner", "priority": "high", "dueAt": "2026-02-01T12:00:00Z"}),
        lambda: tasks.call("PUT", f"/tasks/{moving.pop()['id']}", {**TEA, "title": "moved", "priority": "medium"}),
        lambda: complete_task(tasks, moving.pop(0)),
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
        (f"sort=priority&cursor={encode_cursor(['priority', 2**40, None, UNKNOWN_ID])}", "cursor"),
        (f"cursor={encode_cursor(['created', '0001-01-01T00:00:00+14:00', UNKNOWN_ID])}", "cursor"),
        ("page=2", "page"),
        ("status=open&status=completed", "status"),
    ],
)
def test_an_invalid_parameter_is_rejected_by_name(tasks: FunctionUnderTest, query: str, field: str) -> None:
    """An unknown parameter is rejected too, so that a typing error does not return another list."""
    assert rejected_fields(tasks.call("GET", f"/tasks?{query}")) == (400, [field])


def test_a_cursor_is_valid_for_its_own_order_only(four_tasks: FunctionUnderTest) -> None:
    """Another filter is accepted."""
    orders = ("created", "updated", "due", "priority")
    for sort in orders:
        following = (four_tasks.call("GET", f"/tasks?sort={sort}&limit=1").json or {})["next"]
        for other in orders:
            answer = four_tasks.call("GET", f"/tasks?sort={other}&status=open&cursor={following}")
            assert rejected_fields(answer) == ((200, []) if other == sort else (400, ["cursor"]))


def test_a_read_can_be_conditional(tasks: FunctionUnderTest) -> None:
    """The response is 304 if the client has the current version."""
    path = f"/tasks/{create_task(tasks)['id']}"
    assert tasks.call("GET", path, if_none_match='"1"').status_code == 304
    assert tasks.call("GET", path, if_none_match='"2"').status_code == 200


@pytest.mark.parametrize("of", ["tasks", "series"])
def test_a_read_of_an_old_version_is_rejected(tasks: FunctionUnderTest, of: str) -> None:
    """The 412 problem names the current version. A weak tag never matches (RFC 9110, section 13.1.1)."""
    task = create_task(tasks, DAILY)
    path = f"/{of}/{task['id'] if of == 'tasks' else task['seriesId']}"
    assert tasks.call("GET", path, if_match='"7", "1"').status_code == 200
    for tag in ('"2"', 'W/"1"'):
        answer = tasks.call("GET", path, if_match=tag)
        assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
        assert (answer.json or {})["version"] == 1
