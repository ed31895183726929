"""Go's implementations of signed notes and tlogs (golang.org/x/mod/sumdb) accept what the API answers, unchanged."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from knative.audit_keys import make_audit_key
from tests.functions import Load
from tests.integration.audit.conftest import Checked
from tests.integration.audit.test_checkpoints import set_keys

PROGRAM = Path(__file__).parent / "go"
SIZE = 13


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built where there is a Go and its one module can be had."""
    go = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/go/bin")))
    if go is None:
        pytest.skip("Go is not installed")
    built = tmp_path_factory.mktemp("go") / "check"
    command = [go, "build", "-mod=readonly", "-o", str(built), "."]
    environment = {**os.environ, "GOFLAGS": ""}
    made = subprocess.run(command, check=False, cwd=PROGRAM, env=environment, capture_output=True, text=True)
    if made.returncode != 0 and "golang.org/x/mod" in made.stderr and "main.go" not in made.stderr:
        pytest.skip("golang.org/x/mod cannot be had here")
    assert made.returncode == 0, made.stderr
    return built


def test_go_accepts_all_of_it(function: Load, log: Checked, checker: Path, tmp_path: Path) -> None:
    """Checkpoints of two keys, every inclusion proof and every consistency proof of a log of 13."""
    log.deliver(SIZE // 2)
    set_keys(tmp_path, f"{log.append.keys['audit-key']}\n{make_audit_key('localhost/todo-audit')}")
    changed = Checked(function("append-audit"), function("audit"))
    changed.deliver(SIZE - SIZE // 2)
    said = {
        "keys": changed.get("/audit/key").text,
        "checkpoints": [*log.notes.values(), changed.get("/audit/checkpoint").text],
        "leaves": [item["leaf"] for item in changed.get("/audit/entries").get_json()["items"]],
        "inclusions": [
            shown(index, size, changed.proof("inclusion", index=index, size=size))
            for size in range(1, SIZE + 1)
            for index in range(size)
        ],
        "consistencies": [
            shown(first, second, changed.proof("consistency", first=first, second=second))
            for second in range(1, SIZE + 1)
            for first in range(1, second + 1)
        ],
    }
    checked = subprocess.run([checker], input=json.dumps(said), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.split() == ["13", "91", "91"]


def shown(of: int, size: int, hashes: list[bytes]) -> dict[str, object]:
    """Return a proof as the program reads it."""
    return {"of": of, "size": size, "hashes": [b64encode(one).decode() for one in hashes]}
