"""With nothing to do, nothing runs; the next request or reminder starts what it needs."""

from datetime import datetime
from pathlib import Path

import yaml

from knative.function_list import FUNCTION_LIST_PATH
from tests.e2e.client import PATIENCE, eventually
from tests.e2e.story import Story
from tests.e2e.system import running

MORE_THAN_A_TICK = 135.0
"""Seconds: with less than two minutes ahead, the relay may be awake for the reminder before all else is asleep."""


def test_functions_sleep_and_wake(tmp_path: Path) -> None:
    """Idle functions stop, down to none; a request starts what it needs, and so does a reminder's time."""
    listed = yaml.safe_load(FUNCTION_LIST_PATH.read_text(encoding="utf-8"))
    for function in listed["functions"]:
        function["scale"] = {"window": "2s"}
    functions = tmp_path / "functions.yaml"
    functions.write_text(yaml.safe_dump(listed), encoding="utf-8")
    with running(tmp_path / "data", functions) as system:
        story = Story(system, "sleepy", remind_in=MORE_THAN_A_TICK)
        story.create()
        story.planned(story.task)
        assert system.function_processes()
        eventually(lambda: not system.function_processes(), within=60)
        assert system.items("/tasks", user="sleepy")[0]["id"] == story.task["id"]
        assert system.function_processes()
        eventually(lambda: system.items("/notifications/sleepy", user="sleepy"), within=MORE_THAN_A_TICK + PATIENCE)
        assert datetime.fromisoformat(story.notification()["createdAt"]) >= story.remind_at
