"""A subscriber that always fails: its events are kept, and sent again once it is mended."""

from pathlib import Path
from typing import Any

import yaml

from knative.function_list import FUNCTION_LIST_PATH
from tests.e2e.client import eventually
from tests.e2e.system import System, running

OPERATOR: dict[str, Any] = {"user": "olga", "roles": ["operator"]}


def test_what_failed_is_kept_and_sent_again(tmp_path: Path) -> None:
    """The event appears among the dead letters with the reason; redrive delivers it, to nobody else a second time."""
    listed = yaml.safe_load(FUNCTION_LIST_PATH.read_text(encoding="utf-8"))
    listed["functions"].append(
        {
            "name": "fails-until-mended",
            "domain": "notifications",
            "source": "tests/e2e/fails_until_mended.py",
            "target": "fails_until_mended",
            "triggers": [{"type": "todo.TaskCreated"}],
        }
    )
    functions = tmp_path / "functions.yaml"
    functions.write_text(yaml.safe_dump(listed), encoding="utf-8")
    with running(tmp_path / "data", functions) as system:
        made = system.call("POST", "/tasks", {"title": "Doomed"}).json
        [letter] = eventually(lambda: dead_letters(system))
        assert "fails-until-mended" in letter["destination"]
        assert (letter["code"], "it is broken" in letter["reason"]) == (422, True)
        assert letter["event"]["subject"] == made["id"]
        (system.data / "mended").touch()
        redriven = system.call("POST", f"/delivery/dead-letters/{letter['id']}/redrive", **OPERATOR)
        assert redriven.status == 202
        eventually((system.data / "heard").exists)
        assert (system.data / "heard").read_text().split() == [letter["event"]["id"]]
        types = [event["type"] for event in system.audited()]
        assert types.count("todo.TaskCreated") == 1


def dead_letters(system: System) -> list[dict[str, Any]]:
    """Return what is among the dead letters."""
    return system.items("/delivery/dead-letters", **OPERATOR)
