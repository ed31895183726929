"""Tests that Go's signed notes and transparent logs (golang.org/x/mod/sumdb) accept the API's responses."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from knative.audit_keys import make_audit_key
from tests.functions import Load
from tests.integration.audit.log_under_test import LogUnderTest, replace_signing_keys

PROGRAM = Path(__file__).parent / "go"
SIZE = 13


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built program; the test is skipped without Go or golang.org/x/mod."""
    go = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/go/bin")))
    if go is None:
        pytest.skip("Go is not installed")
    built = tmp_path_factory.mktemp("go") / "check"
    command = [go, "build", "-mod=readonly", "-o", str(built), "."]
    environment = {**os.environ, "GOFLAGS": ""}
    build = subprocess.run(command, check=False, cwd=PROGRAM, env=environment, capture_output=True, text=True)
    if build.returncode != 0 and "golang.org/x/mod" in build.stderr and "main.go" not in build.stderr:
        pytest.skip("golang.org/x/mod cannot be downloaded")
    assert build.returncode == 0, build.stderr
    return built


def test_go_accepts_checkpoints_and_proofs(function: Load, log: LogUnderTest, checker: Path, tmp_path: Path) -> None:
    """A log of 13 entries: checkpoints of two keys, all inclusion proofs and all consistency proofs."""
    log.append_entries(SIZE // 2)
    replace_signing_keys(tmp_path, f"{log.append.keys['audit-key']}\n{make_audit_key('localhost/todo-audit')}")
    changed = LogUnderTest(function("append-audit"), function("audit"))
    changed.append_entries(SIZE - SIZE // 2)
    document = {
        "keys": changed.get("/audit/key").text,
        "checkpoints": [*log.notes.values(), changed.get("/audit/checkpoint").text],
        "leaves": [item["leaf"] for item in changed.get("/audit/entries").get_json()["items"]],
        "inclusions": [
            proof_document(index, size, changed.get_proof("inclusion", index=index, size=size))
            for size in range(1, SIZE + 1)
            for index in range(size)
        ],
        "consistencies": [
            proof_document(first, second, changed.get_proof("consistency", first=first, second=second))
            for second in range(1, SIZE + 1)
            for first in range(1, second + 1)
        ],
    }
    result = subprocess.run([checker], input=json.dumps(document), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["13", "91", "91"]


def proof_document(of: int, size: int, hashes: list[bytes]) -> dict[str, object]:
    """Return a proof in the JSON that the program reads; ``of`` is the index, or the first size."""
    return {"of": of, "size": size, "hashes": [b64encode(digest).decode() for digest in hashes]}
