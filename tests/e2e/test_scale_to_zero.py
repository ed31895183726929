"""An idle system runs no functions. The next request or reminder starts the functions it needs."""

from datetime import datetime
from pathlib import Path

import yaml

from knative.function_list import FUNCTION_LIST_PATH
from tests.e2e.client import PATIENCE, wait_for
from tests.e2e.story import Story
from tests.e2e.system import run_system

LONGER_THAN_A_REST = 135.0
"""Seconds until the reminder. Below two minutes, the relay may run for it before all other functions have stopped."""


def test_functions_stop_when_idle_and_start_on_demand(tmp_path: Path) -> None:
    """Idle functions stop, down to none. A request starts some again, and so does the time of a reminder."""
    listed = yaml.safe_load(FUNCTION_LIST_PATH.read_text(encoding="utf-8"))
    for function in listed["functions"]:
        function["scale"] = {"window": "2s"}
    functions = tmp_path / "functions.yaml"
    functions.write_text(yaml.safe_dump(listed), encoding="utf-8")
    with run_system(tmp_path / "data", functions) as system:
        story = Story(system, "sleepy", remind_in=LONGER_THAN_A_REST)
        story.create_task()
        story.wait_for_reminder(story.task)
        assert system.function_processes()
        wait_for(lambda: not system.function_processes(), within=60)
        assert system.list_items("/tasks", user="sleepy")[0]["id"] == story.task["id"]
        assert system.function_processes()
        wait_for(
            lambda: system.list_items("/notifications/sleepy", user="sleepy"), within=LONGER_THAN_A_REST + PATIENCE
        )
        assert datetime.fromisoformat(story.wait_for_notification()["createdAt"]) >= story.remind_at
