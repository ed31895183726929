"""scripts/install, for every case that needs no package index."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with spaces, with the files that scripts/install reads."""
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


def test_an_old_python_is_rejected_with_one_line(checkout: Path, tmp_path: Path) -> None:
    """The line names the version found and how to choose another Python."""
    old = _program(tmp_path / "python3", '[ "$1" = -V ] && echo Python 3.9.18 && exit 0; exit 1')
    done = _install(checkout, PYTHON=str(old))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Python 3.11 or newer is required, but Python 3.9.18 ({old}) was found. Set PYTHON=/path/to/python3.\n"
    )
    assert not (checkout / ".venv").exists()


def test_an_installed_lock_is_not_installed_again(checkout: Path) -> None:
    """If .venv was installed from the same lock file, the script prints nothing and looks for no Python."""
    _program(checkout / ".venv" / "bin" / "python", "exit 0")
    shutil.copy(checkout / "requirements" / "local.txt", checkout / ".venv" / "installed-local.txt")
    done = _install(checkout, "local", PYTHON="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_lock_is_installed(checkout: Path) -> None:
    """A lock file that differs from the installed one starts a new installation."""
    _program(checkout / ".venv" / "bin" / "python", "exit 0")
    (checkout / ".venv" / "installed-local.txt").write_text("")
    assert _install(checkout, "local", PYTHON="/nowhere").returncode == 1


def test_an_unknown_lock_is_rejected(checkout: Path) -> None:
    """The error names the lock files that exist."""
    done = _install(checkout, "production")
    assert done.returncode == 2
    assert done.stderr == "scripts/install: there is no requirements/production.txt: use local or test\n"
