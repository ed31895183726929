"""The commands of the README's tour, run exactly as they are written."""

import re
import subprocess

from tests.e2e.system import ROOT, System

BLOCKS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_the_tour_works_as_written(system: System) -> None:
    """All commands run in order, and their output has what the README shows."""
    _, tour = (ROOT / "README.md").read_text(encoding="utf-8").split("## A minute's tour")
    commands = BLOCKS.findall(tour.split("## How an event flows")[0])
    assert len(commands) >= 6
    # A reader needs some seconds after creating the task, and a moment after completing it.
    script = "\n".join([*commands[:2], "sleep 5", DELIVERED, *commands[2:], OPENAPI])
    script = re.sub(r"(?m)^(curl .*/complete .*)$", rf"\1\n{NEXT_OCCURRENCE}", script)
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
        assert _compact(shown) in _compact(run.stdout), (shown, run.stdout)


UNTIL = "for _ in $(seq 100); do %s | grep -q '%s' && break; sleep 0.2; done"
DELIVERED = UNTIL % ('curl -sS $URL/reminders -H "$AUTH"', '"delivered"')
NEXT_OCCURRENCE = UNTIL % ('curl -sS "$URL/tasks?status=open" -H "$AUTH"', '"occurrence": *2')
OPENAPI = "curl -sS -H 'Host: tasks.localhost' $URL/openapi.json"


def test_the_readme_has_the_command_for_openapi_documents() -> None:
    """The README has this command in a sentence, and not in a block."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert OPENAPI.replace("curl -sS", "curl") in text


def _compact(text: str) -> str:
    """Return a text in lower case, without the spaces of JSON."""
    return re.sub(r'":\s+', '":', text.lower())
