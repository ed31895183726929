"""The set-up, as far as it needs no package index."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with spaces, with the files that the set-up reads."""
    made = tmp_path / "my code"
    made.mkdir()
    for part in ("scripts", "requirements"):
        shutil.copytree(ROOT / part, made / part)
    shutil.copy(ROOT / "pyproject.toml", made)
    return made


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def _install(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "install", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


def test_an_old_python_gets_one_line(checkout: Path, tmp_path: Path) -> None:
    """The line names the version that was found and how to name another Python."""
    old = _program(tmp_path / "python3", '[ "$1" = -V ] && echo Python 3.9.18 && exit 0; exit 1')
    done = _install(checkout, PYTHON=str(old))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Python 3.11 or newer is needed, and Python 3.9.18 ({old}) was found."
        " Name another with PYTHON=/path/to/python3.\n"
    )
    assert not (checkout / ".venv").exists()


def test_nothing_is_done_twice(checkout: Path) -> None:
    """Where the lock file is the one that was installed, no Python is looked for and nothing is said."""
    _program(checkout / ".venv" / "bin" / "python", "exit 0")
    shutil.copy(checkout / "requirements" / "local.txt", checkout / ".venv" / "installed-local.txt")
    done = _install(checkout, "local", PYTHON="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_lock_is_installed(checkout: Path) -> None:
    """A lock file that differs from the installed one is not taken for it."""
    _program(checkout / ".venv" / "bin" / "python", "exit 0")
    (checkout / ".venv" / "installed-local.txt").write_text("")
    assert _install(checkout, "local", PYTHON="/nowhere").returncode == 1


def test_an_unknown_lock(checkout: Path) -> None:
    """A name that is no lock file's is refused with those that are."""
    done = _install(checkout, "production")
    assert done.returncode == 2
    assert done.stderr == "scripts/install: there is no requirements/production.txt: say local or test\n"
