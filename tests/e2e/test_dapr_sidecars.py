"""The system with real Dapr sidecars for state and secrets. The death of a sidecar causes a delay only."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pg8000 import dbapi

from knative.function_list import FUNCTION_LIST_PATH, load_function_list
from knative.local.dapr_resources import has_sidecar
from knative.local.daprd_command import find_daprd
from knative.local.local_secrets import SECRETS_FILE
from knative.local.start_error import StartError
from knative.user_context_keys import make_key_set, make_private_key
from tests.e2e.client import PATIENCE, wait_for
from tests.e2e.daprd_process import (
    find_sidecars,
    is_process_alive,
    kill_sidecars_repeatedly,
    start_and_find_sidecar,
)
from tests.e2e.story import Story
from tests.e2e.system import ROOT, System, run_system

try:
    find_daprd(os.environ)
    MISSING = ""
except StartError as error:
    MISSING = str(error)

with_daprd = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system with sidecars. A comma in the folder's name needs quotes on daprd's command line."""
    with run_system(tmp_path_factory.mktemp("dapr") / "one, folder", FUNCTION_LIST_PATH, "--dapr") as system:
        yield system


@with_daprd
def test_the_story_is_the_same(system: System) -> None:
    """Only functions that need a sidecar have one."""
    story = Story(system, "storyteller")
    story.create_task()
    story.wait_for_notification()
    story.wait_for_delivery()
    seen = set(find_sidecars(system))
    story.complete_task()
    story.check_next_occurrence()
    seen |= set(find_sidecars(system))
    story.check_audit_log()
    seen |= set(find_sidecars(system))
    assert {"tasks", "reminders", "notifications", "audit"} <= seen
    assert seen <= {function.name for function in load_function_list().functions if has_sidecar(function)}


@with_daprd
def test_idempotent_responses_are_stored_in_daprs_state_store(system: System) -> None:
    """A stored response is replayed. Without it, the repeated request still creates no second task."""

    def create() -> Any:
        return system.call("POST", "/tasks", {"title": "Once"}, user="keeper", Idempotency_Key="kept")

    with start_and_find_sidecar(system, "tasks").connect_to_state_store() as database:
        cursor = database.cursor()
        cursor.execute("DELETE FROM state")
        first = create()
        assert first.status == 201
        cursor.execute("SELECT value FROM state")
        [(stored,)] = cursor.fetchall()
        assert json.loads(stored)["answer"]["body"]["id"] == first.json["id"]
        assert create().headers["idempotency-replayed"] == "true"
        cursor.execute("DELETE FROM state")
        again = create()
        assert "idempotency-replayed" not in again.headers
        assert again.json["id"] == first.json["id"]
        with pytest.raises(dbapi.DatabaseError, match="permission denied"):
            cursor.execute("SELECT * FROM tasks.tasks")


@with_daprd
def test_a_sidecar_returns_only_the_secrets_of_its_function(system: System) -> None:
    """Other secrets are 403. A wrong token is 401."""
    tasks = start_and_find_sidecar(system, "tasks")
    assert tasks.secret_status("user-context-keys") == 200
    assert tasks.secret_status("audit-key") == 403
    assert tasks.secret_status("database-password-tasks") == 403
    assert tasks.secret_status("user-context-keys", token="guessed") == 401
    assert start_and_find_sidecar(system, "reminders").secret_status("service-key") == 200


@with_daprd
def test_a_rotated_secret_is_used(system: System) -> None:
    """Running instances accept tokens of the new key."""
    assert system.call("GET", "/tasks").status == 200
    file = system.data / SECRETS_FILE
    secrets = json.loads(file.read_text(encoding="utf-8"))
    secrets["frontend-key"] = make_private_key()
    secrets["user-context-keys"] = make_key_set(frontend=secrets["frontend-key"], service=secrets["service-key"])
    new_file = file.with_suffix(".new")
    new_file.write_text(json.dumps(secrets), encoding="utf-8")
    new_file.rename(file)
    wait_for(lambda: system.call("GET", "/tasks").status == 200, within=20)


@with_daprd
def test_killed_sidecars_cause_only_a_delay(system: System) -> None:
    """They are killed again and again while tasks are created and completed. The story has the same result."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - with the seed, a failure can be repeated
    random_moments = random.Random(seed)
    stories = [Story(system, f"cat-{number}", remind_in=3) for number in range(2)]
    for story in stories:
        story.create_task()
    kill_sidecars_repeatedly(system, random_moments)
    for story in stories:
        story.wait_for_delivery()
    for story in stories:
        story.complete_task()
    kill_sidecars_repeatedly(system, random_moments)
    for story in stories:
        story.check_next_occurrence()
        story.check_audit_log()


@with_daprd
def test_a_killed_sidecar_starts_again_at_the_same_ports(system: System) -> None:
    """Its function handles requests meanwhile."""
    before = start_and_find_sidecar(system, "tasks")
    assert system.call("GET", "/tasks").status == 200
    before.process.kill()
    response = system.call("POST", "/tasks", {"title": "Meanwhile"}, user="hasty", Idempotency_Key="now")
    assert response.status == 201
    after = wait_for(lambda: find_sidecars(system).get("tasks"), within=20)
    assert after is not None
    assert after.process.pid != before.process.pid
    assert after.options["--dapr-grpc-port"] == before.options["--dapr-grpc-port"]


@with_daprd
def test_no_sidecar_outlives_a_killed_platform(tmp_path: Path) -> None:
    """The next start continues the story."""
    with run_system(tmp_path / "data", FUNCTION_LIST_PATH, "--dapr") as system:
        story = Story(system, "survivor", remind_in=3)
        story.create_task()
        processes = [sidecar.process for sidecar in find_sidecars(system).values()]
        assert processes
        system.kill()
        wait_for(lambda: not any(map(is_process_alive, processes)), within=20)
        system.start("--dapr")
        story.wait_for_delivery()
        story.complete_task()
        story.check_next_occurrence()
        story.check_audit_log()


def test_a_missing_daprd_is_explained(tmp_path: Path) -> None:
    """One line gives the reason and the remedy. The data folder is not created."""
    data = tmp_path / "data"
    command = [str(ROOT / "scripts" / "up"), "--dapr", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "DAPRD": str(tmp_path / "daprd")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert result.returncode == 1
    assert result.stderr.startswith(f"DAPRD={tmp_path}/daprd is not an executable program")
    assert len(result.stderr.splitlines()) == 1
    assert not data.exists()
