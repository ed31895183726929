"""Tests of the story from end to end, through the gateway."""

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.cluster.gateway import forwarded
from tests.cluster.installation import Installation
from tests.cluster.readme import run_command
from tests.e2e.story import Story

OPERATOR: dict[str, Any] = {"user": "olga", "roles": ["operator"]}


def test_the_story_happens_once(installed: Installation) -> None:
    """A reminder is delivered, its task is completed and gets a next occurrence; the audit log has each step once."""
    story = Story(installed, "storyteller", remind_in=15)
    story.create_task()
    created_at = datetime.fromisoformat(story.wait_for_notification()["createdAt"])
    assert created_at >= story.remind_at
    story.wait_for_delivery()
    story.complete_task()
    story.check_next_occurrence()
    story.check_audit_log()


def test_the_audit_log_verifies(installed: Installation, tmp_path: Path) -> None:
    """The verifier accepts every entry, and the API returns a proof of one entry."""
    installed.call_until_handled("POST", "/tasks", {"title": "Audited"}, user="audited", key="audited")
    [entry] = installed.wait_for(lambda: installed.list_items("/audit/entries?userId=audited", **OPERATOR))
    keys = tmp_path / "verifier-keys"
    keys.write_text(installed.secret("audit-verifier-keys", "audit-verifier-keys"))
    size = int(installed.call("GET", "/audit/checkpoint", **OPERATOR).text.splitlines()[1])
    proof = installed.call("GET", f"/audit/proof/inclusion?index={entry['index']}&size={size}", **OPERATOR)
    assert (proof.status, len(proof.json["hashes"]) > 0) == (200, size > 1)
    with forwarded(installed.namespace, f"pod/{installed.awake('audit')}", 8080) as url:
        output = run_command(f"scripts/verify-audit {url} --key '{keys}' --token {installed.token('olga', 'operator')}")
    assert "entries" in output


def test_a_user_is_forgotten(installed: Installation) -> None:
    """The user's content in the log becomes unreadable, and an entry names the operator who erased it."""
    path = "/audit/entries?userId=leaver"
    installed.call_until_handled("POST", "/tasks", {"title": "Forget me"}, user="leaver", key="leaver")
    installed.wait_for(lambda: installed.list_items(path, **OPERATOR))
    answer = installed.call("DELETE", "/audit/subjects/leaver", **OPERATOR)
    assert (answer.status, answer.json["userId"]) == (200, "leaver")
    installed.wait_for(lambda: len(installed.list_items(path, **OPERATOR)) == 2)
    created, forgotten = installed.list_items(path, **OPERATOR)
    assert (created["event"]["type"], created["forgotten"]) == ("todo.TaskCreated", True)
    assert (forgotten["event"]["type"], forgotten["event"]["data"]["by"]) == ("todo.SubjectForgotten", "olga")


def test_no_reaction_can_be_reached_from_outside(installed: Installation) -> None:
    """The gateway answers 404 for a reaction's host."""
    url, headers = installed.address("/tasks")
    inside = headers["Host"].replace("tasks.", "append-audit.", 1)
    answer = installed._http.request("POST", url.removesuffix("/tasks"), headers={"Host": inside})
    assert answer.status == 404
