"""The system with real Dapr sidecars: state and secrets are Dapr's, and a sidecar's death is a delay."""

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3
from pg8000 import dbapi

from knative.functions import LIST, load
from knative.keys import key_set, make_key
from knative.local.dapr_resources import has_sidecar
from knative.local.daprd_command import find_daprd
from knative.local.local_secrets import SECRETS_FILE
from knative.local.start_error import StartError
from tests.e2e.client import PATIENCE, eventually
from tests.e2e.story import Story
from tests.e2e.system import ROOT, System, running

KILLING_SECONDS = 4.0

try:
    find_daprd(os.environ)
    MISSING = ""
except StartError as error:
    MISSING = str(error)

with_daprd = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the system with sidecars, in a folder whose name would be two to a careless reader."""
    with running(tmp_path_factory.mktemp("dapr") / "one, folder", LIST, "--dapr") as started:
        yield started


class Sidecar:
    """A function's sidecar, asked as its function would ask it; what it was told is seen from outside."""

    def __init__(self, process: psutil.Process) -> None:
        command = process.cmdline()
        self.options = dict(zip(command[1::2], command[2::2], strict=False))
        self.process = process
        self.environment = process.environ()

    def secret(self, name: str, *, token: str | None = None) -> int:
        """Return the status that asking for a secret is answered with, once it answers."""
        url = f"http://127.0.0.1:{self.options['--dapr-http-port']}/v1.0/secrets/secretstore/{name}"
        headers = {"dapr-api-token": self.environment["DAPR_API_TOKEN"] if token is None else token}

        def ask() -> int:
            with suppress(urllib3.exceptions.HTTPError):
                return urllib3.request("GET", url, headers=headers, retries=False).status
            return 0

        return eventually(ask, within=20)

    def database(self) -> dbapi.Connection:
        """Connect to the database as its state store does."""
        given = dict(pair.split("=", 1) for pair in self.environment["STATE_STORE_CONNECTION"].split())
        values = {name: value.strip("'") for name, value in given.items()}
        connection = dbapi.connect(
            user=values["user"],
            password=values["password"],
            database=values["dbname"],
            unix_sock=f"{values['host']}/.s.PGSQL.5432",
            ssl_context=False,
        )
        connection.autocommit = True
        return connection


def sidecars(system: System) -> dict[str, Sidecar]:
    """Return the sidecars that run, by function."""
    found = {}
    for process in system.function_processes():
        with suppress(psutil.Error):
            if "--app-id" in process.cmdline():
                sidecar = Sidecar(process)
                found[sidecar.options["--app-id"]] = sidecar
    return found


def alive(process: psutil.Process) -> bool:
    """Tell whether a process runs; one that is only not yet reaped does not."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def sidecar_of(system: System, name: str) -> Sidecar:
    """Return a function's sidecar, waking the function if need be."""
    system.call("GET", load().named(name).paths[0])
    return eventually(lambda: sidecars(system).get(name), within=20)  # type: ignore[return-value] # it is true


@with_daprd
def test_the_story_is_the_same(system: System) -> None:
    """It is told once, with a sidecar beside each function that needs one, and beside no other."""
    story = Story(system, "storyteller")
    story.create()
    story.notification()
    story.delivered()
    seen = set(sidecars(system))
    story.complete()
    story.ends_well()
    seen |= set(sidecars(system))
    story.is_told_once()
    seen |= set(sidecars(system))
    assert {"tasks", "reminders", "notifications", "audit"} <= seen
    assert seen <= {function.name for function in load().functions if has_sidecar(function)}


@with_daprd
def test_replies_are_kept_in_dapr_s_store(system: System) -> None:
    """A reply is found there and replayed; with the row gone it is not, and the task is still one."""

    def create() -> Any:
        return system.call("POST", "/tasks", {"title": "Once"}, user="keeper", Idempotency_Key="kept")

    with sidecar_of(system, "tasks").database() as database:
        cursor = database.cursor()
        cursor.execute("DELETE FROM state")
        first = create()
        assert first.status == 201
        cursor.execute("SELECT value FROM state")
        [(kept,)] = cursor.fetchall()
        assert json.loads(kept)["answer"]["body"]["id"] == first.json["id"]
        assert create().headers["idempotency-replayed"] == "true"
        cursor.execute("DELETE FROM state")
        again = create()
        assert "idempotency-replayed" not in again.headers
        assert again.json["id"] == first.json["id"]
        with pytest.raises(dbapi.DatabaseError, match="permission denied"):
            cursor.execute("SELECT * FROM tasks.tasks")


@with_daprd
def test_a_sidecar_gives_its_function_s_secrets_to_its_function(system: System) -> None:
    """What functions.yaml does not say it refuses, and so it does whoever else asks."""
    tasks = sidecar_of(system, "tasks")
    assert tasks.secret("user-context-keys") == 200
    assert tasks.secret("audit-key") == 403
    assert tasks.secret("database-password-tasks") == 403
    assert tasks.secret("user-context-keys", token="guessed") == 401
    assert sidecar_of(system, "reminders").secret("service-key") == 200


@with_daprd
def test_a_rotated_secret_is_used(system: System) -> None:
    """A token of a new key is good once the key is in the file, whatever instances run."""
    assert system.call("GET", "/tasks").status == 200
    file = system.data / SECRETS_FILE
    secrets = json.loads(file.read_text(encoding="utf-8"))
    secrets["frontend-key"] = make_key()
    secrets["user-context-keys"] = key_set(frontend=secrets["frontend-key"], service=secrets["service-key"])
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(secrets), encoding="utf-8")
    fresh.rename(file)
    eventually(lambda: system.call("GET", "/tasks").status == 200, within=20)


@with_daprd
def test_killed_sidecars_are_a_delay(system: System) -> None:
    """They are killed again and again while tasks are created and completed; the story ends the same."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    chance = random.Random(seed)
    stories = [Story(system, f"cat-{number}", remind_in=3) for number in range(2)]
    for story in stories:
        story.create()
    keep_killing(system, chance)
    for story in stories:
        story.delivered()
    for story in stories:
        story.complete()
    keep_killing(system, chance)
    for story in stories:
        story.ends_well()
        story.is_told_once()


@with_daprd
def test_a_function_outlives_its_sidecar(system: System) -> None:
    """One that is killed is back at the same ports, and nobody waits for it meanwhile."""
    before = sidecar_of(system, "tasks")
    assert system.call("GET", "/tasks").status == 200
    before.process.kill()
    answer = system.call("POST", "/tasks", {"title": "Meanwhile"}, user="hasty", Idempotency_Key="now")
    assert answer.status == 201
    after = eventually(lambda: sidecars(system).get("tasks"), within=20)
    assert after is not None
    assert after.process.pid != before.process.pid
    assert after.options["--dapr-grpc-port"] == before.options["--dapr-grpc-port"]


@with_daprd
def test_a_killed_platform_leaves_no_sidecar(tmp_path: Path) -> None:
    """The next one goes on where it was."""
    with running(tmp_path / "data", LIST, "--dapr") as system:
        story = Story(system, "survivor", remind_in=3)
        story.create()
        left = [sidecar.process for sidecar in sidecars(system).values()]
        assert left
        system.kill()
        eventually(lambda: not any(map(alive, left)), within=20)
        system.start("--dapr")
        story.delivered()
        story.complete()
        story.ends_well()
        story.is_told_once()


def test_without_daprd_it_says_so(tmp_path: Path) -> None:
    """One line says what is missing and what to do, before anything is touched."""
    data = tmp_path / "data"
    command = [str(ROOT / "scripts" / "up"), "--dapr", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "DAPRD": str(tmp_path / "daprd")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stderr.startswith(f"DAPRD={tmp_path}/daprd is no program that can be run")
    assert len(done.stderr.splitlines()) == 1
    assert not data.exists()


def keep_killing(system: System, chance: random.Random) -> None:
    """Kill the sidecars there are, for some seconds."""
    deadline = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(0, 0.8))
        for sidecar in sidecars(system).values():
            with suppress(psutil.NoSuchProcess):
                sidecar.process.kill()
