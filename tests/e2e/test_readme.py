"""The README's tour, as it stands there."""

import re
import subprocess

from tests.e2e.system import ROOT, System

BLOCKS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_the_tour_works_as_written(system: System) -> None:
    """Every command of the tour runs, in order, and shows what the README says it shows."""
    _, tour = (ROOT / "README.md").read_text(encoding="utf-8").split("## A minute's tour")
    commands = BLOCKS.findall(tour.split("## How an event flows")[0])
    assert len(commands) >= 6
    # A reader takes their time: five seconds after creating the task, and a moment after completing it.
    script = "\n".join([*commands[:2], "sleep 5", DELIVERED, *commands[2:], OPENAPI])
    script = re.sub(r"(?m)^(curl .*/complete .*)$", rf"\1\n{SUCCEEDED}", script)
    script = script.replace("http://127.0.0.1:8080", system.url)
    for command in ("scripts/token", "scripts/verify-audit"):
        script = script.replace(command, f"{command} --data '{system.data}'")
    script = script.replace("/tmp/checkpoint", f"'{system.data}/checkpoint'")
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], check=False, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert run.returncode == 0, run.stderr
    for shown in (
        "201 Created",
        'ETag: "1"',
        '"status": "delivered"',
        '"lateBy"',
        '"status": "completed"',
        '"occurrence": 2',
        "todo.TaskCompleted",
        "(1 saved earlier); the newest is signed",
        '"forgottenAt"',
        '"summary": "every month"',
        "months without a day 31",
        '"openapi"',
    ):
        assert shown.lower() in run.stdout.lower(), (shown, run.stdout)


UNTIL = "for _ in $(seq 100); do %s | grep -q '%s' && break; sleep 0.2; done"
DELIVERED = UNTIL % ('curl -sS $URL/reminders -H "$AUTH"', '"delivered"')
SUCCEEDED = UNTIL % ('curl -sS "$URL/tasks?status=open" -H "$AUTH"', '"occurrence": *2')
OPENAPI = "curl -sS -H 'Host: tasks.localhost' $URL/openapi.json"


def test_the_tour_names_the_command_for_descriptions() -> None:
    """The one command that stands in a sentence is the one that is run."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert OPENAPI.replace("curl -sS", "curl") in text
