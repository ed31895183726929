"""Concurrent requests. Each test would fail without a lock, a derived id or a unique row."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from functions.chassis.runtime.state_store import StateEntry, StateUnavailableError
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import (
    DAILY,
    TEA,
    complete_task,
    create_task,
    read_series,
    read_task,
    request_successor,
)

TIMES = 8


@pytest.fixture
def tasks(tasks: FunctionUnderTest) -> Iterator[FunctionUnderTest]:
    """The function tasks with a new client for each call, as a client serves one thread only."""
    application = tasks.client.application

    class Clients:
        def __init__(self) -> None:
            self.application = application

        def open(self, *given: Any, **named: Any) -> Any:
            return application.test_client().open(*given, **named)

    tasks.client = Clients()  # type: ignore[assignment] # calls use only these two members
    yield tasks
    tasks.client = application.test_client()


def call_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls at the same moment and return their responses."""
    barrier = Barrier(len(calls))

    def make(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def test_concurrent_requests_with_one_key_create_one_task(tasks: FunctionUnderTest) -> None:
    """The responses are equal, or 409 while the first request is in progress. One event is emitted."""
    answers = call_at_once(*[lambda: tasks.call("POST", "/tasks", DAILY, idempotency_key="one")] * TIMES)
    assert {answer.status_code for answer in answers} <= {201, 409}
    created = [answer.get_json() for answer in answers if answer.status_code == 201]
    assert created == [created[0]] * len(
        created
    )  # equal as JSON; a replayed response may order its members differently
    assert tasks.emitted_types() == ["TaskCreated"]


class UnreachableStateStore:
    """A state store that cannot be reached."""

    def get(self, key: str) -> StateEntry | None:
        """Fail."""
        raise StateUnavailableError(key)

    def put(self, key: str, *_: object, **__: object) -> None:
        """Fail."""
        raise StateUnavailableError(key)

    def delete(self, key: str) -> None:
        """Fail."""
        raise StateUnavailableError(key)


def test_one_key_creates_one_task_without_the_state_store(
    tasks: FunctionUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id that is derived from the key is sufficient."""
    monkeypatch.setattr(tasks.instance, "state", UnreachableStateStore())
    answers = call_at_once(*[lambda: tasks.call("POST", "/tasks", DAILY, idempotency_key="one")] * TIMES)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert tasks.emitted_types() == ["TaskCreated"]


def test_concurrent_completions_emit_one_event(tasks: FunctionUnderTest) -> None:
    """The version increases once."""
    task = create_task(tasks, DAILY)
    call_at_once(*[lambda: complete_task(tasks, task)] * TIMES)
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]
    assert read_task(tasks, task)["version"] == 2


def test_one_of_several_changes_to_one_version_succeeds(tasks: FunctionUnderTest) -> None:
    """The others get a 412."""
    task = create_task(tasks)
    path = f"/tasks/{task['id']}"
    answers = call_at_once(
        *(lambda title=title: tasks.call("PUT", path, {**TEA, "title": title}, if_match='"1"') for title in "abcdefgh")
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (TIMES - 1)
    assert read_task(tasks, task)["version"] == 2


def test_concurrent_changes_without_if_match_all_succeed(tasks: FunctionUnderTest) -> None:
    """Each change has its own version, and each version is emitted once."""
    task = create_task(tasks)
    path = f"/tasks/{task['id']}"
    call_at_once(*(lambda title=title: tasks.call("PUT", path, {**TEA, "title": title}) for title in "abcdefgh"))
    versions = sorted(event.data.task.version for event in tasks.emitted)  # type: ignore[attr-defined] # all of tasks
    assert versions == list(range(1, TIMES + 2))


def test_concurrent_requests_for_a_successor_create_one(tasks: FunctionUnderTest) -> None:
    """All responses show the same task."""
    task = create_task(tasks, DAILY)
    complete_task(tasks, task)
    answers = call_at_once(*[lambda: request_successor(tasks, task)] * TIMES)
    assert len({answer.json["id"] for answer in answers}) == 1
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_concurrent_changes_of_a_series_and_its_task_do_not_deadlock(tasks: FunctionUnderTest) -> None:
    """Both transactions lock in the same order, and the series and the task agree afterwards."""
    task = create_task(tasks, DAILY)
    path, series = f"/tasks/{task['id']}", f"/series/{task['seriesId']}"
    for number in range(2, 8):
        by_task = {**DAILY, "recurrence": {"rule": f"FREQ=DAILY;INTERVAL={number}"}}
        by_series = {"recurrence": {"rule": f"FREQ=WEEKLY;INTERVAL={number}"}}
        answers = call_at_once(
            partial(tasks.call, "PUT", path, by_task),
            partial(tasks.call, "PATCH", series, by_series),
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        assert read_task(tasks, task)["recurrence"] == read_series(tasks, task)["recurrence"]
