"""The feed of changes, for clients that maintain a copy of the tasks."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.ids import new_id
from functions.chassis.http.pagination import encode_cursor
from functions.chassis.runtime.pipelined_connection import PipelinedConnection
from functions.chassis.runtime.statement import Statement
from functions.chassis.runtime.transaction import Transaction
from functions.postgresql import connect_postgresql
from functions.tasks import task_store
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    complete_task,
    create_task,
    read_task,
    rejected_fields,
    request_successor,
)
from tests.samples import a_task


class TasksCopy:
    """A client's copy of a user's tasks."""

    def __init__(self, tasks: FunctionUnderTest, user: str = "alice", limit: int = 50) -> None:
        self._tasks = tasks
        self._user = user
        self._limit = limit
        self._since = ""
        self.titles: dict[UUID, str] = {}

    def sync(self) -> list[str]:
        """Read all pages and return the changes in order: a title, or a minus sign for a deleted task."""
        changes: list[str] = []
        while True:
            answer = self._tasks.call("GET", f"/tasks/changes?limit={self._limit}{self._since}", user=self._user)
            assert answer.status_code == 200, answer.text
            page = answer.json or {}
            changes += [self._apply(item) for item in page["items"]]
            self._since = f"&since={page['next']}"
            if not page["more"]:
                return changes

    def _apply(self, item: dict[str, Any]) -> str:
        task_id = UUID(item["id"])
        assert (item["task"] is None) == (item["deletedAt"] is not None)
        if item["task"] is None:
            self.titles.pop(task_id, None)
            return "-"
        self.titles[task_id] = item["task"]["title"]
        return str(item["task"]["title"])


ASSIGN_NUMBER = Statement("SET CONSTRAINTS ALL IMMEDIATE")
"""Assigns the numbers of a transaction's changes, as the commit does."""


@contextmanager
def open_transaction(tasks: FunctionUnderTest) -> Iterator[Transaction]:
    """Open a transaction of another instance, which the test commits or rolls back."""
    connection = PipelinedConnection(connect_postgresql(tasks.database.url_of("tasks")))
    try:
        yield Transaction(connection)
    finally:
        connection.close()


def store_new_task(transaction: Transaction, title: str) -> None:
    """Store a task of alice's in a transaction."""
    task_store.store_task(transaction, a_task(id=new_id(), title=title))
    transaction.flush()


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_changes_and_deletions_are_listed_in_order(tasks: FunctionUnderTest, limit: int) -> None:
    """A task is listed once in its current state. A deleted task is listed without its content."""
    alice, bob = TasksCopy(tasks, limit=limit), TasksCopy(tasks, user="bob")
    assert alice.sync() == []
    tea, milk = create_task(tasks), create_task(tasks, {"title": "Milk"})
    create_task(tasks, {"title": "Bob's"}, user="bob")
    assert alice.sync() == ["Tea", "Milk"]
    assert alice.sync() == []
    tasks.call("PUT", f"/tasks/{tea['id']}", {**TEA, "title": "Green tea"})
    tasks.call("DELETE", f"/tasks/{milk['id']}")
    complete_task(tasks, tea)
    assert alice.sync() == ["-", "Green tea"]
    tasks.call("POST", f"/tasks/{tea['id']}/reopen")
    assert alice.sync() == ["Green tea"]
    assert bob.sync() == ["Bob's"]
    assert TasksCopy(tasks, limit=limit).sync() == ["-", "Green tea"]


def test_indirect_changes_are_listed_too(tasks: FunctionUnderTest) -> None:
    """The next occurrence is listed, and so is a task after a change of its series."""
    copy, task = TasksCopy(tasks), create_task(tasks, DAILY)
    complete_task(tasks, task)
    copy.sync()
    request_successor(tasks, task)
    assert copy.sync() == ["Tea"]
    tasks.call("PATCH", f"/series/{task['seriesId']}", {"recurrence": {"rule": "FREQ=WEEKLY"}})
    assert copy.sync() == ["Tea"]
    assert len(copy.titles) == 2


def test_a_change_that_is_committed_late_is_not_missed(tasks: FunctionUnderTest) -> None:
    """It began before other changes and is listed after them. It delays no other writer."""
    copy = TasksCopy(tasks)
    with open_transaction(tasks) as late:
        store_new_task(late, "late")
        create_task(tasks, {"title": "soon"})
        assert copy.sync() == ["soon"]
        late.commit()
    assert copy.sync() == ["late"]


def test_a_number_is_visible_only_after_all_smaller_ones(tasks: FunctionUnderTest) -> None:
    """One transaction has its number and is not committed, and another one waits for its number."""
    copy = TasksCopy(tasks)
    with open_transaction(tasks) as first, ThreadPoolExecutor(1) as pool:
        store_new_task(first, "first")
        first.run(ASSIGN_NUMBER)
        second = pool.submit(_create_in_other_transaction, tasks, "second")
        _wait_for_a_blocked_transaction(tasks)
        assert copy.sync() == []
        first.commit()
        second.result(timeout=30)
    assert copy.sync() == ["first", "second"]


def test_a_number_that_was_rolled_back_is_assigned_again(tasks: FunctionUnderTest) -> None:
    """No client has received it."""
    copy = TasksCopy(tasks)
    with open_transaction(tasks) as undecided:
        store_new_task(undecided, "undone")
        undecided.run(ASSIGN_NUMBER)
        undecided.roll_back()
    create_task(tasks, {"title": "made"})
    assert copy.sync() == ["made"]


def test_a_copy_is_complete_with_concurrent_writers(tasks: FunctionUnderTest) -> None:
    """Six writers create, change and delete tasks while a client synchronizes. In the end the copy equals the table."""
    copy = TasksCopy(tasks, limit=7)

    def write(writer: int) -> None:
        for number in range(20):
            task = a_task(id=uuid4(), title=f"{writer}.{number}")
            with open_transaction(tasks) as transaction:
                task_store.store_task(transaction, task)
                transaction.commit()
            if number % 3:
                changed = task.model_copy(update={"title": f"{task.title} again", "version": 2})
                with open_transaction(tasks) as transaction:
                    deleted_at = tasks.clock.now if number % 3 == 1 else None
                    task_store.update_task(transaction, changed, deleted_at=deleted_at)
                    transaction.commit()

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


def test_changes_by_an_older_version_are_numbered_too(tasks: FunctionUnderTest) -> None:
    """The older version does not know numbers: the database assigns them."""
    copy, task = TasksCopy(tasks), create_task(tasks)
    copy.sync()
    with open_transaction(tasks) as older:
        older.run(Statement("UPDATE tasks.tasks SET title = 'Old tea' WHERE id = :id"), id=task["id"])
        older.commit()
    assert (copy.sync(), read_task(tasks, task)["title"]) == (["Old tea"], "Old tea")


def test_a_copy_newer_than_the_database_must_start_again(tasks: FunctionUnderTest) -> None:
    """This happens after a backup was restored."""
    create_task(tasks)
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
def test_an_invalid_parameter_is_rejected_by_name(tasks: FunctionUnderTest, query: str, field: str) -> None:
    """Filters are rejected too: a copy would miss a task that leaves the filtered list."""
    assert rejected_fields(tasks.call("GET", f"/tasks/changes?{query}")) == (400, [field])


def _create_in_other_transaction(tasks: FunctionUnderTest, title: str) -> None:
    with open_transaction(tasks) as transaction:
        store_new_task(transaction, title)
        transaction.commit()


def _wait_for_a_blocked_transaction(tasks: FunctionUnderTest) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        if tasks.database.rows(waiting):
            return
        time.sleep(0.02)
    pytest.fail("no transaction waits for a number")
