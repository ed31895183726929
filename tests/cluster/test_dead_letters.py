"""Tests that an undeliverable event becomes a dead letter, and is handled after its redrive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.installation import Installation
from tests.cluster.subscriber import subscribe, unsubscribe

OPERATOR: dict[str, Any] = {"user": "olga", "roles": ["operator"]}
MODULE = Path(__file__).with_name("fails_until_mended.py")


@pytest.fixture
def broken(installed: Installation) -> Iterator[str]:
    """The name of a function that answers TaskCreated with 503."""
    subscribe(installed, MODULE, "todo.TaskCreated")
    yield "fails-until-mended"
    unsubscribe(installed, MODULE)


def test_a_dead_letter_is_stored_and_redriven(installed: Installation, broken: str) -> None:
    """The dead letter has the code and the reason. A redrive delivers the event to the failed function only."""
    made = installed.call_until_handled("POST", "/tasks", {"title": "Doomed"}, user="doomed", key="doomed").json
    [letter] = installed.wait_for(lambda: list_dead_letters(installed, made["id"], "open"))
    assert broken in letter["destination"]
    assert (letter["code"], "it is broken" in letter["reason"]) == (503, True)
    assert letter["event"]["type"] == "todo.TaskCreated"
    subscribe(installed, MODULE, "todo.TaskCreated", MENDED="yes")
    redriven = installed.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", **OPERATOR)
    assert redriven.status == 202
    handled = f"SELECT count(*) FROM delivery.inbox WHERE function = '{broken}'"
    installed.wait_for(lambda: installed.sql(handled) == "1")
    assert list_dead_letters(installed, made["id"], "open") == []
    types = [event["type"] for event in installed.list_audited_events("doomed")]
    assert types == ["todo.TaskCreated"]


def list_dead_letters(installed: Installation, task_id: str, status: str) -> list[dict[str, Any]]:
    """Return the dead letters of a task's events."""
    found = installed.list_items(f"/delivery/dead-letters?status={status}", **OPERATOR)
    return [letter for letter in found if letter["event"]["subject"] == task_id]
