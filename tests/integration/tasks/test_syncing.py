"""What changed since: for clients that keep a copy."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from events.ids import new_id
from functions.chassis.http.pagination import encode_cursor
from functions.tasks import store
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, done, following, made, read, refusal
from tests.samples import a_task


class Copy:
    """A client's copy of its user's tasks."""

    def __init__(self, tasks: FunctionUnderTest, user: str = "alice", limit: int = 50) -> None:
        self._tasks = tasks
        self._user = user
        self._limit = limit
        self._since = ""
        self.titles: dict[UUID, str] = {}

    def sync(self) -> list[str]:
        """Ask until there is no more, and return what came: a title, or a minus sign for what is gone."""
        came: list[str] = []
        while True:
            answer = self._tasks.call("GET", f"/tasks/changes?limit={self._limit}{self._since}", user=self._user)
            assert answer.status_code == 200, answer.text
            page = answer.json or {}
            came += [self._take(item) for item in page["items"]]
            self._since = f"&since={page['next']}"
            if not page["more"]:
                return came

    def _take(self, item: dict[str, Any]) -> str:
        identity = UUID(item["id"])
        assert (item["task"] is None) == (item["deletedAt"] is not None)
        if item["task"] is None:
            self.titles.pop(identity, None)
            return "-"
        self.titles[identity] = item["task"]["title"]
        return str(item["task"]["title"])


@contextmanager
def transaction(tasks: FunctionUnderTest) -> Iterator[Connection]:
    """Open another instance's transaction, which its test commits, or rolls back."""
    with tasks.instance.database.engine.connect() as connection:
        yield connection


def add(connection: Connection, title: str) -> None:
    """Make a task of alice's in a transaction."""
    assert store.add(connection, a_task(id=new_id(), title=title))


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_every_change_comes_in_its_order_deletions_included(tasks: FunctionUnderTest, limit: int) -> None:
    """A task that changed often comes once, as it is; one that is gone comes as gone, and without its content."""
    alice, bob = Copy(tasks, limit=limit), Copy(tasks, user="bob")
    assert alice.sync() == []
    tea, milk = made(tasks), made(tasks, {"title": "Milk"})
    made(tasks, {"title": "Bob's"}, user="bob")
    assert alice.sync() == ["Tea", "Milk"]
    assert alice.sync() == []
    tasks.call("PUT", f"/tasks/{tea['id']}", {**TEA, "title": "Green tea"})
    tasks.call("DELETE", f"/tasks/{milk['id']}")
    done(tasks, tea)
    assert alice.sync() == ["-", "Green tea"]
    tasks.call("POST", f"/tasks/{tea['id']}/reopen")
    assert alice.sync() == ["Green tea"]
    assert bob.sync() == ["Bob's"]
    assert Copy(tasks, limit=limit).sync() == ["-", "Green tea"]


def test_what_follows_from_a_change_comes_too(tasks: FunctionUnderTest) -> None:
    """The next occurrence, and a task whose series changed."""
    copy, task = Copy(tasks), made(tasks, DAILY)
    done(tasks, task)
    copy.sync()
    following(tasks, task, "2026-03-03T13:00:00Z")
    assert copy.sync() == ["Tea"]
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": {"rule": "FREQ=WEEKLY"}})
    assert copy.sync() == ["Tea"]
    assert len(copy.titles) == 2


def test_a_change_that_is_committed_late_is_not_missed(tasks: FunctionUnderTest) -> None:
    """It began before the others, and comes after them; meanwhile it holds up nobody."""
    copy = Copy(tasks)
    with transaction(tasks) as late:
        add(late, "late")
        made(tasks, {"title": "soon"})
        assert copy.sync() == ["soon"]
        late.commit()
    assert copy.sync() == ["late"]


def test_a_number_is_seen_only_when_every_smaller_one_is(tasks: FunctionUnderTest) -> None:
    """The narrowest case: one transaction has its number and is not committed, the other waits to be given its own."""
    copy = Copy(tasks)
    with transaction(tasks) as first, ThreadPoolExecutor(1) as pool:
        add(first, "first")
        first.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # as its commit begins to do
        second = pool.submit(_made_by_another, tasks, "second")
        _wait_until_somebody_waits(tasks)
        assert copy.sync() == []
        first.commit()
        second.result(timeout=30)
    assert copy.sync() == ["first", "second"]


def test_a_number_that_was_rolled_back_is_given_out_again(tasks: FunctionUnderTest) -> None:
    """Nobody has seen it."""
    copy = Copy(tasks)
    with transaction(tasks) as undecided:
        add(undecided, "undone")
        undecided.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        undecided.rollback()
    made(tasks, {"title": "made"})
    assert copy.sync() == ["made"]


def test_a_copy_is_right_however_many_write_at_once(tasks: FunctionUnderTest) -> None:
    """Six writers make, change and delete as fast as they can while a client syncs; in the end it has what there is."""
    copy = Copy(tasks, limit=7)

    def write(writer: int) -> None:
        for number in range(20):
            with transaction(tasks) as connection:
                task = a_task(id=uuid4(), title=f"{writer}.{number}")
                store.add(connection, task)
                connection.commit()
                if number % 3:
                    changed = task.model_copy(update={"title": f"{task.title} again", "version": 2})
                    store.save(connection, changed, deleted_at=tasks.clock.now if number % 3 == 1 else None)
                    connection.commit()

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write, writer) for writer in range(6)]
        while not all(writer.done() for writer in writers):
            copy.sync()
        for each in writers:
            each.result()
    copy.sync()
    rows = tasks.database.rows("SELECT id, title FROM tasks.tasks WHERE deleted_at IS NULL")
    assert copy.titles == {row["id"]: row["title"] for row in rows}
    assert len(rows) == 6 * 13


def test_what_the_version_before_writes_is_numbered_as_well(tasks: FunctionUnderTest) -> None:
    """It knows nothing of numbers: the database gives them."""
    copy, task = Copy(tasks), made(tasks)
    copy.sync()
    with transaction(tasks) as older:
        older.execute(text("UPDATE tasks.tasks SET title = 'Old tea' WHERE id = :id"), {"id": task["id"]})
        older.commit()
    assert (copy.sync(), read(tasks, task)["title"]) == (["Old tea"], "Old tea")


def test_a_copy_from_the_future_is_told_to_begin_anew(tasks: FunctionUnderTest) -> None:
    """As after a backup was restored."""
    made(tasks)
    ahead = encode_cursor([2])
    assert tasks.call("GET", f"/tasks/changes?since={ahead}").status_code == 410


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=x", "since"),
        (f"since={encode_cursor([-1])}", "since"),
        (f"since={encode_cursor([2**63])}", "since"),
        (f"since={encode_cursor(['x', 1])}", "since"),
        ("limit=0", "limit"),
        ("status=open", "status"),
    ],
)
def test_a_bad_parameter_of_changes_is_refused_by_name(tasks: FunctionUnderTest, query: str, field: str) -> None:
    """A filter as well: what leaves a filtered list would be missed."""
    assert refusal(tasks.call("GET", f"/tasks/changes?{query}")) == (400, [field])


def _made_by_another(tasks: FunctionUnderTest, title: str) -> None:
    with transaction(tasks) as connection:
        add(connection, title)
        connection.commit()


def _wait_until_somebody_waits(tasks: FunctionUnderTest) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        if tasks.database.rows(waiting):
            return
        time.sleep(0.02)
    pytest.fail("nobody waits for a number")
