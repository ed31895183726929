"""What happens at once: each of these would go wrong without its lock, its key or its unique row."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from functions.chassis.runtime.state_store import StateEntry, StateUnavailableError
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import DAILY, TEA, done, following, made, read, series_of

TIMES = 8


@pytest.fixture
def tasks(tasks: FunctionUnderTest) -> Iterator[FunctionUnderTest]:
    """The function tasks, each of whose calls has a client of its own, as a client is not for two threads."""
    application = tasks.client.application

    class Clients:
        def __init__(self) -> None:
            self.application = application

        def open(self, *given: Any, **named: Any) -> Any:
            return application.test_client().open(*given, **named)

    tasks.client = Clients()  # type: ignore[assignment] # as far as a call needs one
    yield tasks
    tasks.client = application.test_client()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls at the same moment and return their answers."""
    barrier = Barrier(len(calls))

    def make(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def test_one_key_at_once_is_one_task(tasks: FunctionUnderTest) -> None:
    """Equal answers, or 409 while the first is in progress; one event."""
    answers = at_once(*[lambda: tasks.call("POST", "/tasks", DAILY, idempotency_key="one")] * TIMES)
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer.get_json() for answer in answers if answer.status_code == 201]
    assert made == [made[0]] * len(made)  # the members of a replay may come in another order
    assert tasks.emitted_types() == ["TaskCreated"]


class NoState:
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


def test_one_key_at_once_is_one_task_without_the_state_store(
    tasks: FunctionUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The derived id alone holds it."""
    monkeypatch.setattr(tasks.instance, "state", NoState())
    answers = at_once(*[lambda: tasks.call("POST", "/tasks", DAILY, idempotency_key="one")] * TIMES)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert tasks.emitted_types() == ["TaskCreated"]


def test_completing_at_once_is_completing_once(tasks: FunctionUnderTest) -> None:
    """Two chats say one TaskCompleted."""
    task = made(tasks, DAILY)
    at_once(*[lambda: done(tasks, task)] * TIMES)
    assert tasks.emitted_types() == ["TaskCreated", "TaskCompleted"]
    assert read(tasks, task)["version"] == 2


def test_of_changes_to_one_version_one_wins(tasks: FunctionUnderTest) -> None:
    """The others are told that it changed."""
    task = made(tasks)
    place = f"/tasks/{task['id']}"
    answers = at_once(
        *(lambda title=title: tasks.call("PUT", place, {**TEA, "title": title}, if_match='"1"') for title in "abcdefgh")
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (TIMES - 1)
    assert read(tasks, task)["version"] == 2


def test_changes_at_once_all_count(tasks: FunctionUnderTest) -> None:
    """Without If-Match each is made on top of the one before, and every version is said once."""
    task = made(tasks)
    place = f"/tasks/{task['id']}"
    at_once(*(lambda title=title: tasks.call("PUT", place, {**TEA, "title": title}) for title in "abcdefgh"))
    versions = sorted(event.data.task.version for event in tasks.emitted)  # type: ignore[attr-defined] # all of tasks
    assert versions == list(range(1, TIMES + 2))


def test_asking_for_the_next_occurrence_at_once_makes_one(tasks: FunctionUnderTest) -> None:
    """Everybody is answered with the same."""
    task = made(tasks, DAILY)
    done(tasks, task)
    answers = at_once(*[lambda: following(tasks, task, "2026-03-03T13:00:00Z")] * TIMES)
    assert len({answer.json["id"] for answer in answers}) == 1
    assert tasks.emitted_types().count("TaskCreated") == 2


def test_changing_a_series_and_its_task_at_once_waits_for_no_lock(tasks: FunctionUnderTest) -> None:
    """Both lock in the same order: neither is broken off, and series and task agree."""
    task = made(tasks, DAILY)
    place, series = f"/tasks/{task['id']}", f"/series/{task['seriesId']}"
    for number in range(2, 8):
        by_task = {**DAILY, "recurrence": {"rule": f"FREQ=DAILY;INTERVAL={number}"}}
        by_series = {"recurrence": {"rule": f"FREQ=WEEKLY;INTERVAL={number}"}}
        answers = at_once(
            partial(tasks.call, "PUT", place, by_task),
            partial(tasks.call, "PATCH", series, by_series),
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        assert read(tasks, task)["recurrence"] == series_of(tasks, task)["recurrence"]
