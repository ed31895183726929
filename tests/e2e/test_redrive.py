"""A subscriber that rejects an event: the event becomes a dead letter, and can be sent again after a repair."""

from pathlib import Path
from typing import Any

import yaml

from knative.function_list import FUNCTION_LIST_PATH
from tests.e2e.client import wait_for
from tests.e2e.system import System, run_system

OPERATOR: dict[str, Any] = {"user": "olga", "roles": ["operator"]}


def test_a_dead_letter_can_be_sent_again(tmp_path: Path) -> None:
    """The dead letter has the reason. Its redrive reaches the subscriber, and has no effect on the others."""
    listed = yaml.safe_load(FUNCTION_LIST_PATH.read_text(encoding="utf-8"))
    listed["functions"].append(
        {
            "name": "fails-until-repaired",
            "domain": "notifications",
            "source": "tests/e2e/fails_until_repaired.py",
            "target": "fails_until_repaired",
            "triggers": [{"type": "todo.TaskCreated"}],
        }
    )
    functions = tmp_path / "functions.yaml"
    functions.write_text(yaml.safe_dump(listed), encoding="utf-8")
    with run_system(tmp_path / "data", functions) as system:
        task = system.call("POST", "/tasks", {"title": "Doomed"}).json
        [letter] = wait_for(lambda: fetch_dead_letters(system))
        assert "fails-until-repaired" in letter["destination"]
        assert (letter["code"], "it is broken" in letter["reason"]) == (422, True)
        assert letter["event"]["subject"] == task["id"]
        (system.data / "repaired").touch()
        redriven = system.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", **OPERATOR)
        assert redriven.status == 202
        wait_for((system.data / "handled").exists)
        assert (system.data / "handled").read_text().split() == [letter["event"]["id"]]
        types = [event["type"] for event in system.list_audited_events()]
        assert types.count("todo.TaskCreated") == 1


def fetch_dead_letters(system: System) -> list[dict[str, Any]]:
    """Return all dead letters."""
    return system.list_items("/delivery/dead-letters", **OPERATOR)
