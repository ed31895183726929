"""The statements that requests to tasks send, and in how many exchanges with PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.exchanges import count_exchanges, describe_statement
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import DAILY, complete_task, create_task, request_successor

REMINDED = {**DAILY, "reminders": [{"before": "PT30M"}]}


def list_statements(tasks: FunctionUnderTest, send: Callable[[], Any]) -> list[list[str]]:
    """Return the exchanges of a request, each as the verbs and tables of its statements."""
    tasks.instance.publisher.wait()
    with count_exchanges() as exchanges:
        send()
        tasks.instance.publisher.wait()
    described = [[describe_statement(statement) for statement in exchange] for exchange in exchanges]
    return [exchange for exchange in described if exchange != ["DELETE delivery.outbox"]]  # after the publishing


@pytest.mark.parametrize(
    ("headers", "exchanges"),
    [
        (
            {},
            [["BEGIN", "INSERT tasks.series", "INSERT tasks.tasks", "INSERT delivery.outbox", "COMMIT"]],
        ),
        (
            {"idempotency_key": "k"},
            [
                ["INSERT state.entries"],
                [
                    "BEGIN",
                    "INSERT tasks.series",
                    "INSERT tasks.tasks",
                    "INSERT state.entries",
                    "INSERT delivery.outbox",
                    "COMMIT",
                ],
            ],
        ),
    ],
)
def test_a_task_is_created_in_one_exchange(
    tasks: FunctionUnderTest, headers: dict[str, str], exchanges: list[list[str]]
) -> None:
    """With an Idempotency-Key, a second exchange claims the key before."""
    assert list_statements(tasks, lambda: create_task(tasks, REMINDED, **headers)) == exchanges


def test_a_task_is_completed_in_two_exchanges(tasks: FunctionUnderTest) -> None:
    """One reads the task and its series, and one stores the task and its event."""
    task = create_task(tasks, REMINDED)
    assert list_statements(tasks, lambda: complete_task(tasks, task)) == [
        ["BEGIN", "SELECT tasks.tasks", "SELECT tasks.series"],
        ["UPDATE tasks.tasks", "INSERT delivery.outbox", "COMMIT"],
    ]


def test_the_next_occurrence_is_created_in_two_exchanges(tasks: FunctionUnderTest) -> None:
    """One reads the series and its last occurrence, and one stores the next occurrence and its event."""
    task = create_task(tasks, REMINDED)
    complete_task(tasks, task)
    assert list_statements(tasks, lambda: request_successor(tasks, task)) == [
        ["BEGIN", "SELECT tasks.series", "SELECT tasks.tasks"],
        ["INSERT tasks.tasks", "INSERT delivery.outbox", "COMMIT"],
    ]


@pytest.mark.parametrize("path", ["/tasks?limit=50", "/tasks?sort=due&status=open", "/tasks/changes"])
def test_a_page_is_read_in_one_exchange(tasks: FunctionUnderTest, path: str) -> None:
    """A single statement needs neither BEGIN nor COMMIT."""
    create_task(tasks, REMINDED)
    [exchange] = list_statements(tasks, lambda: tasks.call("GET", path))
    assert len(exchange) == 1
