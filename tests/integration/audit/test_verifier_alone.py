"""The verifier runs from a copy of its folder, with no other code of the project and no other packages."""

import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functions import ROOT
from tests.integration.audit.conftest import Checked
from verifier.command_line import main

CRYPTOGRAPHY = ("cryptography", "cffi", "_cffi_backend", "pycparser")
PG8000 = ("pg8000", "scramp", "asn1crypto", "dateutil", "python_dateutil", "six")
"""The two packages that the verifier uses, with the packages that those depend on."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of the package `verifier`."""
    shutil.copytree(ROOT / "scripts" / "verifier", tmp_path / "copy" / "verifier")
    return tmp_path / "copy"


@pytest.fixture
def key(log: Checked, tmp_path: Path) -> Path:
    """A file with the log's verifier keys."""
    path = tmp_path / "key"
    path.write_text(log.get("/audit/key").text)
    return path


@pytest.fixture
def export(log: Checked, key: Path, tmp_path: Path) -> Path:
    """The export of a log of three entries."""
    log.deliver(3)
    path = tmp_path / "log"
    assert main([log.append.database.url_of("audit"), "--key", str(key), "--export", str(path)]) == 0
    return path


@pytest.fixture
def database_url(log: Checked) -> str:
    """The address of a database with a log of three entries."""
    log.deliver(3)
    return log.append.database.url_of("audit")


def install(folder: Path, names: tuple[str, ...]) -> None:
    """Link installed packages and their metadata into the folder that run_alone adds to the path."""
    installed = folder / "site-packages"
    installed.mkdir(exist_ok=True)
    for found in Path(site.getsitepackages()[0]).iterdir():
        if re.split("[-.]", found.name)[0] in names:
            (installed / found.name).symlink_to(found)


def run_alone(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder with the standard library and the packages that the test has installed there."""
    return subprocess.run(
        [sys.executable, "-S", *map(str, arguments)],  # -S leaves the packages of this environment out
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder / "site-packages")},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", [["verifier"], ["-m", "verifier"]])
def test_a_copy_verifies_an_export_with_cryptography_alone(
    folder: Path, export: Path, key: Path, command: list[str]
) -> None:
    """The copied folder needs one package for a file, and finds a changed entry."""
    install(folder, CRYPTOGRAPHY)
    verified = run_alone(folder, *command, export, "--key", key)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "3 entries match 3 checkpoints" in verified.stdout
    export.write_text(export.read_text().replace("todo.TaskCreated", "todo.TaskDeleted", 1))
    changed = run_alone(folder, *command, export, "--key", key)
    assert changed.returncode == 1
    assert changed.stdout.startswith("tampered with: entry 0: ")


def test_a_copy_may_have_any_name(folder: Path, export: Path, key: Path) -> None:
    """The modules find each other under another folder name."""
    install(folder, CRYPTOGRAPHY)
    renamed = (folder / "verifier").rename(folder / "audit_check")
    assert run_alone(folder, renamed, export, "--key", key).returncode == 0


def test_a_copy_verifies_a_database_with_pg8000(folder: Path, database_url: str, key: Path) -> None:
    """A database needs a second package; without it, one line names the remedy."""
    install(folder, CRYPTOGRAPHY)
    missing = run_alone(folder, "verifier", database_url, "--key", key)
    line = "the package pg8000 is missing, which a database needs: run `python -m pip install pg8000`"
    assert (missing.returncode, missing.stderr) == (2, f"cannot verify: {line}\n")
    install(folder, PG8000)
    verified = run_alone(folder, "verifier", database_url, "--key", key)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "3 entries match 3 checkpoints" in verified.stdout


def test_missing_cryptography_is_one_line(folder: Path) -> None:
    """Without its only required package, the verifier names the remedy and returns 2."""
    missing = run_alone(folder, "verifier", "log")
    line = "the package cryptography is missing: run `python -m pip install cryptography`"
    assert (missing.returncode, missing.stdout, missing.stderr) == (2, "", f"cannot verify: {line}\n")
